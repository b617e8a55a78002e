"""A source line that says the missing name stands in, a little, for the exception's line that was cut off."""

from collections.abc import Callable

import pytest

from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.candidates import Index
from app.diagnosis.case import lay_out
from app.diagnosis.diagnose import diagnose
from app.diagnosis.echo import echo, missing_names
from app.diagnosis.model import Match

CUT = """Traceback (most recent call last):
  File "/srv/app/.venv/lib/python3.9/site-packages/flask_login/utils.py", line 13, in <module>
    {}
"""
PATTERN = r"cannot import name '(?:safe_str_cmp|url_decode)' from 'werkzeug"


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        (r"cannot import name 'url_quote' from 'werkzeug\.urls'", (r"\burl_quote\b",)),
        (r"^No module named '?vine\.five", (r"\bvine\.five\b",)),
        (r"has no attribute '(Block|Inline)(?:Grammar|Lexer)'", (r"\b(Block|Inline)(?:Grammar|Lexer)\b",)),
        (r"got an unexpected keyword argument 'proxies'", (r"\bproxies\b",)),
        (r"cannot import name 'tri[ul]?' from", (r"\btri[ul]?\b",)),
        (r"module 'a' has no attribute 'b'|cannot import name 'b' from 'a", (r"\bb\b", r"\bb\b")),
        (r"cannot import name '\w+' from 'collections'", ()),
        (r"\[WinError 87\]", ()),
        (r"'NoneType' object is not iterable", ()),
    ],
)
def test_the_names_are_those_whose_absence_the_message_speaks_of(pattern: str, names: tuple[str, ...]) -> None:
    assert missing_names(pattern) == names


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("from werkzeug.security import safe_str_cmp", True),
        ("from werkzeug.urls import url_decode, url_encode", True),
        ("from werkzeug.urls import url_decode_rows", False),
        ("from werkzeug.security import check_password_hash", False),
    ],
)
def test_a_cut_stack_echoes_the_name_in_its_last_source_line(line: str, says: bool) -> None:  # noqa: FBT001
    (crash,) = parse(read(CUT.format(line).encode()))
    seen = echo(PATTERN, lay_out(crash, crash.environment))
    assert seen.state == "unseen"
    assert (seen.line, seen.text) == ((3, line) if says else (None, None))


def test_what_ended_with_its_exceptions_line_echoes_nothing() -> None:
    whole = CUT.format("from werkzeug.security import safe_str_cmp") + "ImportError: out of date\n"
    (crash,) = parse(read(whole.encode()))
    assert echo(PATTERN, lay_out(crash, crash.environment)).line is None


@pytest.fixture(scope="module")
def ask(index: Index) -> Callable[[str], list[Match]]:
    return lambda line: list(diagnose(read(CUT.format(line).encode()), index).crashes[0].matches)


def test_a_crash_cut_before_its_last_line_is_a_maybe_where_the_source_says_the_name(
    ask: Callable[[str], list[Match]],
) -> None:
    told, silent = ask("from werkzeug.security import safe_str_cmp"), ask("from werkzeug.security import something")
    assert (told[0].signature, told[0].verdict) == ("flask-login-safe_str_cmp", "maybe")
    assert told[0].confidence > max((one.confidence for one in silent if one.signature == told[0].signature), default=0)
