"""What a pattern needs is never more than it needs: what `find` skips, the pattern alone would not have found."""

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from app.diagnosis import patterns
from app.diagnosis.patterns import MAX_SEARCHED, TooSlow, find, needed


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"\[WinError 87\]", ("[WinError 87]",)),
        (r"cannot import 'tri[ul]?' from 'scipy\.linalg", ("' from 'scipy.linalg",)),
        (r"\bgreenlet\.greenlet (size changed|has the wrong size)", ("greenlet.greenlet ",)),
        (r"^(?:no such column|\d+ is not unique)", ("no such column", " is not unique")),
        (r"^(?P<what>port|socket) in use$", (" in use",)),
        (r"cannot be ?created directly+", ("created directly",)),
        (r"(?i)\bHypercorn\b", ("hypercorn",)),
        (r"(?:twice ){2}", ("twice ",)),
        (r"timeout(?= after)", ("timeout",)),
        (r"raise\ Gone\(x\)", ("raise Gone(x)",)),
    ],
)
def test_the_longest_text_that_a_pattern_needs(pattern: str, texts: tuple[str, ...]) -> None:
    assert needed(pattern).texts == texts


@pytest.mark.parametrize(
    "pattern",
    [
        r"a choice|",
        r"(a choice|\d)",
        r"(?:never)?",
        r"(?:never){0,3}",
        r"(?x) not these spaces",
        r"late flag(?i)",
        r"one mistake{e<=1}",
        r"[[:alpha:]] class",
        r"\x41BC",
        r"\N{BULLET} point",
        r"(?P<a>x)(?P=a) back",
        r"(?(DEFINE)call)",
        r"(?i)straße",
        r"(unclosed",
        r"closed)",
        "|".join(f"choice {number}" for number in range(20)),
    ],
)
def test_where_it_can_not_be_said_nothing_is(pattern: str) -> None:
    assert needed(pattern).texts == ()


PIECES = st.sampled_from([
    "no", " ", "name", "'x'", r"\d+", r"\.", "(a b)?", "b?", "[xy]", ".*", " of ", r"\b", "(?:c d|e)", "z*", "w{0,2}",
    "$", "^", "|", "(", ")", "(?:", "(?P<n>", "(?=", "(?!", "(?<=", "+", "*", "?", "{2}", "{,2}", "{", "}", "[", "]", "[^", "-",
    r"\w", r"\\", r"\[", r"\ ", "(?i)", "(?x)", "(?s)", "(?i:", r"\1", r"\x6e", "[:alpha:]", "{e<=1}", "#", "\n", "No", "ſ", "ß",
])  # fmt: skip
TEXT = st.lists(
    st.sampled_from([
        "no", " ", "name", "'x'", "7", ".", "a b", "b", "x", " of ", "c d", "e", "z", "w", "nn", "N", "O", "ſ", "ss", "\n", "[",
        "]", "{", "\\", "-", "(", "|",
    ]),
    max_size=12,
).map("".join)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=8).map("".join), TEXT)
@example("(?i)no", "NO")
@example("(?i)s", "ſ")
@example("^no", "x no")
@example("^no", "no")
@example(r"\^no", "x ^no")
def test_a_search_finds_what_the_pattern_finds(pattern: str, text: str) -> None:
    try:
        compiled = regex.compile(pattern)
    except (regex.error, ValueError):
        return
    alone = compiled.search(text)
    assert find(pattern, text) == (alone and alone.start())


def test_what_stands_after_the_cap_is_not_looked_at() -> None:
    for pattern in ("needle", r"needl\w"):
        assert find(pattern, "x" * (MAX_SEARCHED - 6) + "needle") == MAX_SEARCHED - 6
        assert find(pattern, "x" * (MAX_SEARCHED - 5) + "needle") is None


def test_a_pattern_that_needs_what_is_there_is_stopped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "PATTERN_SECONDS", 0.01)
    with pytest.raises(TooSlow, match="needle"):
        find(r"needle(a+)+$", "needle" + "a" * 5000 + "!")


def test_a_search_that_was_stopped_is_not_remembered_as_one_that_found_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "PATTERN_SECONDS", 0.01)
    for _ in range(2):
        with pytest.raises(TooSlow):
            find(r"needle(a|a)+$", "needle" + "a" * 60 + "!")
