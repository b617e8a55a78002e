"""A draft is a valid signature that knows its own crash again, and says no more of it than the next report will."""

from pathlib import Path

import pytest
import regex

from app.crash.model import Crash
from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.draft import about, draft, general
from app.signature.model import MAX_PATTERN, Signature
from app.store.shelf import read_signature

GENERAL = [
    ("[WinError 87] Falscher Parameter", r"\[WinError 87\]", "[WinError 87] The parameter is incorrect"),
    ("[Errno 2] No such file or directory: 'x'", r"\[Errno 2\]", "[Errno 2] Datei nicht gefunden"),
    (
        "cannot import name 'url_quote' from 'werkzeug.urls' (/srv/app/werkzeug/urls.py)",
        r"cannot import name 'url_quote' from 'werkzeug\.urls'",
        "cannot import name 'url_quote' from 'werkzeug.urls' (unknown location)",
    ),
    (
        "module 'inspect' has no attribute 'getargspec'. Did you mean: 'getargs'?",
        r"module 'inspect' has no attribute 'getargspec'",
        "module 'inspect' has no attribute 'getargspec'",
    ),
    ("No module named 'altair.vegalite.v4'", r"No module named 'altair\.vegalite\.v4'", None),
    ("from 'jinja2' comes float64 and X509_V", "from 'jinja2' comes float64 and X509_V", None),
    ("I/O operation on closed file.", r"I/O operation on closed file\.", None),
    ("Expected 160 from C header", r"Expected \S+ from C header", "Expected 88 from C header"),
    ("<object at 0x7f4d14a70950>, but", r"<object at \S+>, but", "<object at 0x1>, but"),
    ("see https://docs.example.org/2.3/x#y now", r"see \S+ now", "see https://docs.example.org/2.4/x now"),
    ("can't open 'C:\\Program Files\\x y.ini' now", r"can't open '[^'\"]+' now", "can't open '/etc/x.ini' now"),
    ("can't open ./app.sock now", r"can't open \S+ now", "can't open /run/x now"),
    ("\n*****\n  Resource punkt_tab not found.\n", r"Resource punkt_tab not found\.", None),
    ("two  spaces and a\ttab", "two  spaces and a.tab", None),
    ("a bell \x07 rings", "a bell . rings", None),
    ("5", "", None),
    ("", "", None),
    ("'/srv/app/x.py'", "", None),
]


@pytest.mark.parametrize(("message", "pattern", "other"), GENERAL, ids=[message[:30] for message, *_ in GENERAL])
def test_a_message_is_made_general(message: str, pattern: str, other: str | None) -> None:
    """The pattern finds the message it was made from, and the same of another report."""
    assert general(message) == pattern
    assert regex.search(pattern, message)
    assert other is None or regex.search(pattern, other)


def test_a_long_message_is_cut_between_two_words() -> None:
    assert general("extraordinarily long words " * 5) == ("extraordinarily long words " * 5)[:107]
    assert general(("a " * 20).strip()) == ("a " * 12).strip()
    assert len(general("a" + "[" * 500)) <= MAX_PATTERN


def drafted(package: str, raw: bytes, folder: Path) -> Signature:
    """The signature that a draft from this text becomes, read as any other file."""
    crash = about(package, parse(read(raw)))
    file = folder / f"{package}-1.yaml"
    file.write_text(draft(f"{package}-1", package, "1", crash), encoding="utf-8")
    return read_signature(file).signature


def clues(signature: Signature) -> list[str]:
    return [f"{clue.kind} {clue.value}" for clue in (*signature.match.all, *signature.match.any)]


APP = b"""\
Traceback (most recent call last):
  File "/srv/app/.venv/lib/python3.12/site-packages/django/apps/config.py", line 269, in import_models
    self.models_module = import_module(name)
  File "/srv/app/shop/models.py", line 3, in <module>
    from django.utils.translation import ugettext_lazy
ImportError: cannot import name 'ugettext_lazy' from 'django.utils.translation' (/srv/app/django/translation.py)
"""


def test_a_frame_that_merely_called_the_users_code_is_no_clue(tmp_path: Path) -> None:
    assert clues(drafted("django", APP, tmp_path)) == [
        "exception ImportError",
        r"message cannot import name 'ugettext_lazy' from 'django\.utils\.translation'",
        "frame django",
        "installed django",
    ]


def test_a_package_is_known_by_the_name_it_is_imported_by(tmp_path: Path) -> None:
    raw = APP.replace(b"django/apps/config.py", b"PIL/Image.py").replace(
        b"/srv/app/shop/", b"/usr/lib/python3/dist-packages/PIL/"
    )
    assert "frame PIL.models:<module>" in clues(drafted("pillow", raw, tmp_path))


EMPTY = b"""\
Traceback (most recent call last):
  File "/srv/app/.venv/lib/python3.9/site-packages/widget/table.py", line 7, in turn
    first = rows[0]
IndexError: list index out of range
"""


@pytest.mark.parametrize(("package", "name"), [("python-widget", b"widget"), ("widget-kit", b"widget_kit")])
def test_the_name_of_the_import_is_often_part_of_the_packages(tmp_path: Path, package: str, name: bytes) -> None:
    raw = EMPTY.replace(b"widget", name)
    assert f"frame {name.decode()}.table:turn" in clues(drafted(package, raw, tmp_path))
    assert "installed" not in str(clues(drafted(package, raw, tmp_path)))


def test_an_error_that_says_the_same_everywhere_is_told_by_its_source(tmp_path: Path) -> None:
    assert clues(drafted("widget", EMPTY, tmp_path)) == [
        "exception IndexError",
        "message list index out of range",
        "frame widget.table:turn",
        r"code first = rows\[0\]",
    ]
    own = b'  File "/srv/app/own.py", line 3, in key\n    return one[0]\nIndexError:'
    assert "code" not in str(clues(drafted("widget", EMPTY.replace(b"IndexError:", own), tmp_path)))


def test_a_draft_says_how_it_will_be_run_as_far_as_the_text_does(tmp_path: Path) -> None:
    drafted("widget", EMPTY + b"widget==1.4.2\n", tmp_path)
    text = (tmp_path / "widget-1.yaml").read_text()
    assert '#   python: ["3.9"]\n' in text
    assert "widget-1.reproduce.py" in text
    taken = text.replace("# reproduce:", "reproduce:").replace("#   ", "  ")
    (tmp_path / "widget-1.yaml").write_text(taken)
    how = read_signature(tmp_path / "widget-1.yaml").signature.reproduce
    assert how is not None
    assert (how.python, how.fixed) == (("3.9",), ("widget==1.2.3",))


CAUSED = b"""\
Traceback (most recent call last):
  File "/srv/app/.venv/lib/python3.12/site-packages/widget/core.py", line 7, in turn
    gadget.move()
  File "/srv/app/.venv/lib/python3.12/site-packages/gadget/motor.py", line 9, in move
    raise KeyError("axis")
KeyError: 'axis'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in <module>
    widget.turn()
  File "/srv/app/.venv/lib/python3.12/site-packages/widget/core.py", line 9, in turn
    raise WidgetError("cannot turn") from wrong
widget.errors.WidgetError: cannot turn
"""


def test_what_it_was_raised_from_is_a_clue_too(tmp_path: Path) -> None:
    assert clues(drafted("widget", CAUSED, tmp_path)) == [
        "exception WidgetError",
        "message cannot turn",
        "exception KeyError",
        "message 'axis'",
        "frame widget.core:turn",
    ]


def test_a_crash_without_words_is_told_by_its_source(tmp_path: Path) -> None:
    raw = b'Traceback (most recent call last):\n  File "/srv/app/x.py", line 3, in f\n    raise Odd(1)\nOdd\n'
    assert clues(drafted("widget", raw, tmp_path))[:2] == ["exception Odd", r"code raise Odd\(1\)"]


WINDOWS = rb"""
Traceback (most recent call last):
  File "C:\Users\user\app\.venv\Lib\site-packages\widget\core.py", line 7, in turn
    raise ValueError("cannot turn")
ValueError: cannot turn
"""


@pytest.mark.parametrize(("message", "system"), [(b"cannot turn", None), (b"[WinError 6] x", "windows")])
def test_windows_is_asked_for_when_the_crash_speaks_of_it(tmp_path: Path, message: bytes, system: str | None) -> None:
    signature = drafted("widget", WINDOWS.replace(b"cannot turn", message), tmp_path)
    assert signature.environment.os == system


def test_the_crash_that_is_drafted_is_the_packages_own() -> None:
    other = b'Traceback (most recent call last):\n  File "/srv/app/x.py", line 3, in f\n    f()\nOdd: other\n'
    crashes: tuple[Crash, ...] = tuple(parse(read(CAUSED + b"\n2026-11-22 INFO going on\n\n" + other)))
    assert len(crashes) == 2
    assert about("widget", crashes) == crashes[0]
    assert about("gizmo", crashes) == crashes[1]


@pytest.mark.parametrize(
    ("issue", "url"),
    [
        ("https://github.com/pallets/flask/issues/5279", "https://github.com/pallets/flask/issues/5279"),
        ("5279", "https://FILL-IN/"),
        ('https://x"\nid: y', "https://FILL-IN/"),
    ],
)
def test_an_address_is_kept_and_anything_else_left_open(issue: str, url: str) -> None:
    text = draft("widget-1", "widget", issue, parse(read(CAUSED))[0])
    assert f'  - {{kind: report, url: "{url}"}}\n' in text
