"""Several processes' lines in one log come apart, and nobody is told what another one betrayed."""

from pathlib import Path

import pytest

from app.crash.model import Crash
from app.crash.text import read
from app.crash.traceback import parse
from app.evaluation.damage import each

GOLDEN = Path(__file__).parent.parent / "golden"
WORKER = """\
Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in <module>
    run()
  File "/srv/app/.venv/lib/python3.8/site-packages/shop/run.py", line 9, in run
    raise ValueError("what")
ValueError: what
"""
OWN = """\
Traceback (most recent call last):
  File "/srv/app/web.py", line 1, in <module>
    import asyncore
ModuleNotFoundError: No module named 'asyncore'
"""


def prefixed(text: str, prefix: str) -> list[str]:
    return each(text, lambda line: prefix + line).splitlines()


def mixed(*parts: list[str]) -> tuple[Crash, ...]:
    """The crashes read when every part prints a line in turn."""
    most = max(map(len, parts))
    lines = [part[at] for at in range(most) for part in parts if at < len(part)]
    return parse(read("\n".join(lines).encode()))


def kinds(crashes: tuple[Crash, ...]) -> set[str | None]:
    return {crash.raised.type for crash in crashes}


@pytest.mark.parametrize(
    ("worker", "web"),
    [
        ("worker-1 | ", "web-1    | "),
        ("[pod/worker-5d9c7-x2x/app] ", "[pod/web-77fd-qqz/app] "),
        ("Nov 22 10:00:01 host worker[4711]: ", "Nov 22 10:00:02 host web[17]: "),
    ],
)
def test_an_exception_without_a_stack_is_read_beside_the_traceback_of_another_process(worker: str, web: str) -> None:
    crashes = mixed(prefixed(WORKER, worker), prefixed("AttributeError: module 'numpy' has no attribute 'float'", web))
    assert kinds(crashes) == {"ValueError", "AttributeError"}


@pytest.mark.parametrize(
    "line",
    [
        "WARNING retrying after ConnectionError: refused",
        "10:00:00 INFO shop: seen KeyError: 'x'",
        "GET /docs/ValueError: 200",
        "order paid",
    ],
)
def test_what_another_process_mentions_in_a_log_line_is_no_crash(line: str) -> None:
    assert kinds(mixed(prefixed(WORKER, "worker-1 | "), prefixed(line, "web-1    | "))) == {"ValueError"}


def test_an_exception_that_a_process_printed_before_its_own_traceback_is_no_further_crash() -> None:
    text = f"KeyError: 'seen before'\n{OWN}"
    crashes = mixed(prefixed(WORKER, "worker-1 | "), prefixed(text, "web-1    | "))
    assert kinds(crashes) == {"ValueError", "ModuleNotFoundError"}


def test_lines_without_a_prefix_are_no_process_of_their_own() -> None:
    crashes = mixed(prefixed(WORKER, "worker-1 | "), ["KeyError: 'x'", "RuntimeError: no more"])
    assert kinds(crashes) == {"ValueError"}


def test_the_name_of_an_exception_is_no_name_of_a_process() -> None:
    crashes = mixed(prefixed(WORKER, "shop: "), ["KeyError: RuntimeError: no more"])
    assert kinds(crashes) == {"ValueError"}


@pytest.mark.parametrize("name", ["pytest-short", "pytest-long", "rich-chain"])
def test_a_crash_in_a_form_of_its_own_is_read_between_the_lines_of_another_process(name: str) -> None:
    text = (GOLDEN / f"{name}.txt").read_text()
    alone = parse(read(text.encode()))
    crashes = mixed(prefixed(WORKER, "worker-1 | "), prefixed(text, "web-1    | "))
    assert [crash.raised.message for crash in crashes if crash.form != "python"] == [
        crash.raised.message for crash in alone
    ]
    assert [crash.raised.type for crash in crashes if crash.form == "python"] == ["ValueError"]


def test_another_programs_python_is_not_the_crashs_own() -> None:
    crashes = mixed(prefixed(WORKER, "worker-1 | "), prefixed(OWN, "web-1    | "))
    python = {crash.raised.type: crash.environment.python for crash in crashes}
    assert python["ModuleNotFoundError"] is None
    assert python["ValueError"]
    assert python["ValueError"].value == "3.8"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("web-1 | ", "web-2 | "),
        ("10:00:00 ERROR [shop] ", "10:00:00 ERROR [mail] "),
    ],
)
def test_processes_of_one_program_and_loggers_of_one_process_share_what_they_betray(one: str, other: str) -> None:
    crashes = mixed(prefixed(WORKER, one), prefixed(OWN, other))
    found = {crash.environment.python.value for crash in crashes if crash.environment.python}
    assert kinds(crashes) == {"ValueError", "ModuleNotFoundError"}
    assert len([crash for crash in crashes if crash.environment.python]) == len(crashes)
    assert found == {"3.8"}


def test_what_stands_without_a_prefix_holds_for_every_process() -> None:
    crashes = mixed(["Python 3.12.4 (main, Jun 7 2024) [GCC 12.2.0] on linux"], prefixed(OWN, "web-1 | "))
    assert [crash.environment.python and crash.environment.python.value for crash in crashes] == ["3.12.4"]
