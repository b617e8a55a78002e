"""A clue holds, fails, or its place is not to be seen; and says on which line."""

import pytest

from app.crash.model import Environment, Fact
from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis import patterns
from app.diagnosis.case import lay_out
from app.diagnosis.clues import look_for
from app.diagnosis.patterns import TooSlow
from app.signature.model import Clue

WHOLE = """\
INFO:     Uvicorn running on http://127.0.0.1:8000
INFO:     Started parent process [1]
INFO:     Started server process [2]
Traceback (most recent call last):
  File "/srv/app/venv/lib/python3.11/site-packages/shop/cart.py", line 3, in total
    return price * count
socket.timeout: timed out
in two lines
"""
TAIL_CUT = WHOLE.partition("socket.timeout")[0]
HEAD_CUT = WHOLE.partition("(most recent call last):\n")[2]
NO_SOURCE = WHOLE.replace("    return price * count\n", "")
OWN_FILE = WHOLE.replace("/srv/app/venv/lib/python3.11/site-packages/shop/cart.py", "/srv/app/shop.py")
NO_LOGS = WHOLE.partition("Started server process [2]\n")[2]


@pytest.mark.parametrize(
    ("kind", "value", "text", "state", "line"),
    [
        ("exception", "timeout", WHOLE, "holds", 7),
        ("exception", "socket.timeout", WHOLE, "holds", 7),
        ("exception", "out", WHOLE, "fails", 7),
        ("exception", "OSError", WHOLE, "fails", 7),
        ("exception", "OSError", TAIL_CUT, "unseen", None),
        ("message", "^timed out", WHOLE, "holds", 7),
        ("message", "two lines", WHOLE, "holds", 8),
        ("message", "timeout", WHOLE, "fails", 7),
        ("message", "timed", TAIL_CUT, "unseen", None),
        ("frame", "shop", WHOLE, "holds", 5),
        ("frame", "shop.cart", WHOLE, "holds", 5),
        ("frame", "shop.cart:total", WHOLE, "holds", 5),
        ("frame", "shop.cart:tot", WHOLE, "fails", 5),
        ("frame", "sho", WHOLE, "fails", 5),
        ("frame", "shop", OWN_FILE, "fails", 5),
        ("frame", "uvicorn", HEAD_CUT, "unseen", None),
        ("code", r"price \* \w+", WHOLE, "holds", 6),
        ("code", "sum", WHOLE, "fails", 5),
        ("code", "sum", NO_SOURCE, "unseen", None),
        ("log", r"\bUvicorn running on\b", WHOLE, "holds", 1),
        ("log", r"Started server process \[\d+\]", WHOLE, "holds", 3),
        ("log", r"Started server process \[\d+\]", WHOLE.replace(" ", "\xa0").replace("/", "/\u200b"), "holds", 3),
        ("log", "hypercorn", WHOLE, "fails", None),
        ("log", "hypercorn", NO_LOGS, "unseen", None),
        ("log", "timed out", WHOLE, "fails", None),
    ],
)
def test_a_clue_and_its_line(kind: str, value: str, text: str, state: str, line: int | None) -> None:
    (crash,) = parse(read(text.encode()))
    seen = look_for(Clue.model_validate({kind: value}), lay_out(crash, crash.environment))
    assert (seen.state, seen.line) == (state, line)


@pytest.mark.parametrize(
    ("wanted", "environment", "state"),
    [
        ("eventlet", Environment(packages={"eventlet": Fact("0.33.1")}), "holds"),
        ("eventlet>=0.30.3", Environment(packages={"eventlet": Fact("0.33.1")}), "holds"),
        ("eventlet>=0.34", Environment(packages={"eventlet": Fact("0.33.1")}), "fails"),
        ("eventlet>=0.30", Environment(packages={"eventlet": Fact("0.31rc1")}), "holds"),
        ("Flask-Login", Environment(packages={"flask-login": Fact("0.6")}), "holds"),
        ("eventlet", Environment(packages={"gevent": Fact("24.1")}, complete=True), "fails"),
        ("eventlet", Environment(packages={"gevent": Fact("24.1")}), "unseen"),
    ],
)
def test_an_installed_package(wanted: str, environment: Environment, state: str) -> None:
    (crash,) = parse(read(WHOLE.encode()))
    assert look_for(Clue(installed=wanted), lay_out(crash, environment)).state == state


def test_the_place_of_a_syntax_error_is_a_place() -> None:
    file = "/srv/app/venv/lib/python3.7/site-packages/celery/backends/redis.py"
    text = f'  File "{file}", line 22\n    from . import async, base\n                      ^\nSyntaxError: invalid syntax\n'
    (crash,) = parse(read(text.encode()))
    case = lay_out(crash, Environment())
    assert look_for(Clue(frame="celery.backends.redis"), case) == ("holds", 1, f'File "{file}", line 22')
    assert look_for(Clue(code=r"import async\b"), case).line == 2


def test_old_names_of_an_exception_are_the_new_one() -> None:
    (crash,) = parse(read(WHOLE.replace("socket.timeout", "WindowsError").encode()))
    assert look_for(Clue(exception="OSError"), lay_out(crash, Environment())).state == "holds"


def test_a_pattern_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "PATTERN_SECONDS", 0.01)
    (crash,) = parse(read(WHOLE.replace("timed out", "a" * 5000 + "!").encode()))
    with pytest.raises(TooSlow):
        look_for(Clue(message=r"(a+)+$"), lay_out(crash, Environment()))


PLACELESS = """\
    def test_total():
>       Cart()

tests/test_cart.py:3:
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _

self = <Cart>

    def __init__(self):
>       self.total = pears.sum_
E       AttributeError: module 'pears' has no attribute 'sum_'
"""
PLACED = PLACELESS + "\nvenv/lib/python3.11/site-packages/shop/cart.py:9: AttributeError\n"


@pytest.mark.parametrize(
    ("wanted", "text", "state"),
    [
        ("shop", PLACELESS, "unseen"),
        ("shop.cart", PLACELESS, "unseen"),
        ("shop.cart:__init__", PLACELESS, "unseen"),
        ("shop.cart:total", PLACELESS, "fails"),
        ("shop.cart:__init__", PLACED, "holds"),
        ("pears", PLACED, "fails"),
    ],
)
def test_a_frame_without_its_file_may_be_anywhere_but_in_another_function(wanted: str, text: str, state: str) -> None:
    (crash,) = parse(read(text.encode()))
    assert look_for(Clue(frame=wanted), lay_out(crash, Environment())).state == state
