"""A traceback whose lines a terminal, a page or `fold` broke at a column is the traceback that was printed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.crash.columns import joined
from app.crash.model import Crash, chain
from app.crash.text import read, undone
from app.crash.traceback import parse
from app.evaluation.damage import at_a_column, before_each, each
from tests.both_ways import TEXTS, assert_same

Linear = Callable[[Callable[[int], object]], None]

GOLDEN = Path(__file__).parent.parent / "golden"
PACKAGES = "/srv/shop/.venv/lib/python3.12/site-packages"
KNOWN = f"""\
2026-11-22 10:00:00,123 ERROR [shop] order 4711 of the customer with the long name was not paid, it will be tried again
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 12, in pay
    client.charge(order, amount=order.total, currency=order.currency, idempotency_key=order.number, retries=3)
    ~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "{PACKAGES}/payments/client.py", line 1025, in charge
    return self._send(request)
           ~~~~~~~~~~^^^^^^^^^
  File "{PACKAGES}/payments/transports/pooled_connections/http.py", line 7, in _send
    raise ConnectionRefused(self.host) from wrong
payments.errors.ConnectionRefused: payments.example.org does not take connections from 10.0.0.7, which is not on its list

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "{PACKAGES}/celery/app/trace.py", line 453, in trace_task_with_a_name_that_is_longer_than_others
    R = retval = fun(*args, **kwargs)
  File "<frozen importlib._bootstrap>", line 1176, in _find_and_load
shop.errors.NotPaid: order 4711 was not paid: it will be tried again in a while, or the day after if that is a Sunday
"""


def told(crash: Crash) -> list[object]:
    """All that was read of it but for where it stands."""
    return [
        (one.type, one.message, [(frame.file, frame.line, frame.function, frame.code) for frame in one.frames])
        for one in chain(crash.raised)
    ]


@pytest.mark.parametrize("width", range(72, 136))
def test_it_is_read_as_it_was_printed_whatever_the_width(width: int) -> None:
    broken = at_a_column(width)(KNOWN)
    assert list(map(told, parse(read(broken)))) == list(map(told, parse(read(KNOWN.encode()))))


@pytest.mark.parametrize("width", range(72, 136))
def test_blanks_that_were_lost_at_the_column_are_put_back(width: int) -> None:
    broken = each(at_a_column(width)(KNOWN).decode(), str.rstrip)
    assert list(map(told, parse(read(broken.encode())))) == list(map(told, parse(read(KNOWN.encode()))))


@pytest.mark.parametrize("prefix", ["> ", "> > ", "    ", "web-1  | "])
def test_what_was_put_before_its_lines_later_is_taken_off_first(prefix: str) -> None:
    broken = before_each(prefix)(at_a_column(80)(KNOWN).decode())
    assert list(map(told, parse(read(broken)))) == list(map(told, parse(read(KNOWN.encode()))))


def test_the_lines_as_they_were_sent_are_kept() -> None:
    broken = at_a_column(80)(KNOWN).decode()
    report = read(broken.encode())
    assert "\n".join(line.raw for line in report.lines) == broken
    (crash,) = parse(report)
    first, *_ = crash.raised.frames
    at, below = broken.split("\n")[first.first_line - 1 : first.first_line + 1]
    assert at == f'  File "{PACKAGES}/celery/app/trace.py", line '
    assert below == "453, in trace_task_with_a_name_that_is_longer_than_others"


@pytest.mark.parametrize("first", range(12))
def test_what_was_not_broken_keeps_its_lines(first: int) -> None:
    for text in TEXTS[first::36]:
        lines = undone(text).lines
        assert joined(lines) is lines


HEAD = "Traceback (most recent call last):\n"
LONG = f'  File "{PACKAGES}/payments/client.py", line 1025, in charge'


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{LONG}\nKeyError: 'x'\n",  # no source line, as of a program without its files
        f"{HEAD}{LONG}\nshop.errors.NotPaid\n",
        f"{HEAD}{LONG}\nnobody knows\n",
        f"{HEAD}{LONG}\n    run()\nworker 3 is still there\n{LONG}\n    run()\nKeyError: 'x'\n",
        f"{HEAD}{LONG}\nstill\n    run()\n  {LONG}_and_more\n    run()\nKeyError: 'x'\n",  # a line around is longer
        f'it said File "{PACKAGES}/payments/client_with_a_name.py\nand then "nothing", line 3, in it\n',
    ],
)
def test_what_only_looks_broken_keeps_its_lines(text: str) -> None:
    assert_same(text)
    assert [line.text for line in read(text.encode()).lines] == text.split("\n")


def test_the_rest_of_a_function_is_no_exception_though_it_begins_as_a_class() -> None:
    text = f"{HEAD}{LONG}\nString\n    raise ValueError(value)\nValueError: 7\n"
    assert_same(text)
    (crash,) = parse(read(text.encode()))
    assert (crash.raised.type, crash.raised.frames[0].function) == ("ValueError", "chargeString")


def test_what_stands_below_a_full_line_stays_a_line_of_its_own() -> None:
    width = len(LONG) - 4
    full = "    pay(order)  #".ljust(width, "#")
    text = (
        f"{HEAD}{LONG[:width]}\n{LONG[width:]}\n{full}\nKeyError: {'x' * (width - 10)}\n2026-11-22 10:00:00 INFO paid\n"
    )
    (crash,) = parse(read(text.encode()))
    assert crash.raised.frames[0].code == full.strip()
    assert (crash.raised.type, crash.raised.message) == ("KeyError", "x" * (width - 10))


@pytest.mark.parametrize("line", [LONG[:80], f"{LONG[:80]}\n", '  File "', f"{LONG}\ncharge"])
def test_the_time_is_linear_in_the_number_of_lines(linear: Linear, line: str) -> None:
    linear(lambda size: read((f"{line}\n" * size * 500).encode()))
