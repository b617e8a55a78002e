"""The index holds a crash against few signatures; `tests/test_sweeps.py` shows that it loses none."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.candidates import Index, candidates, look_alikes
from app.diagnosis.case import lay_out
from app.diagnosis.judge import judge
from app.diagnosis.literals import joints, required_joints, required_letters, required_words
from app.diagnosis.rarity import rarity
from app.diagnosis.tokens import tokens_of


def test_a_clue_is_as_common_as_the_background_counts_it_in_whatever_words_it_is_written() -> None:
    assert rarity("exception", "builtins.KeyError") == rarity("exception", "KeyError") < 0.9
    assert rarity("exception", "IOError") == rarity("exception", "OSError")
    (crash,) = parse(read(b'Traceback (most recent call last):\n  File "x.pyx", line 1, in a.b.f\nKeyError: 1\n'))
    assert "f x:f" in set(tokens_of(lay_out(crash, crash.environment)))


def test_an_ordinary_crash_is_held_against_few_signatures_only(index: Index) -> None:
    (crash,) = parse(
        read(b'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    d["a"]\nKeyError: 1\n')
    )
    case = lay_out(crash, crash.environment)
    assert len(candidates(case, index)) < len(index.book.signatures) / 10
    assert not [one for one in look_alikes(case, index) if judge(one, case).looks_alike]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\[WinError 87\]", {"winerror", "87"}),
        (
            r"cannot import name 'url_quote' from 'werkzeug\.urls'",
            {"import", "name", "url_quote", "from", "werkzeug", "urls"},
        ),
        (r"(?i)\bHypercorn\b", {"hypercorn"}),
        (r"one two three", {"two"}),
        (r"a b? c d", {"c"}),
        (r"x|a b c", set()),
        (r"(a b c) d e f", {"d", "e"}),
        (r"no attribute '(float|int)'", {"attribute"}),
        (r"size changed, .*got 40 from PyObject", {"changed", "40", "from"}),
        (r"(?x) a b c", set()),
        (r"[a b c] d e", {"d"}),
        (r"\d b c{0,3} d e", {"b", "d"}),
        (r"a b{e<=1} c d", {"c"}),
        (r"a b {|c", set()),
        (r"(", set()),
    ],
)
def test_the_words_a_pattern_needs(pattern: str, words: set[str]) -> None:
    assert required_words(pattern) == words


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"unknown key", {"own ", " key", "own key"}),
        (r"^unknown", {" unk"}),
        (r"no key", {" key", "no key"} - {"no key"}),
        (r"^no key$", {"no key"}),
        (r"must be positive", {"ust ", " pos", "ust be", "be pos"}),
        (r"unknown+ key|x", set()),
        (r"unknown+ key", {" key"}),
        (r"invalid", set()),
    ],
)
def test_the_joints_a_pattern_needs(pattern: str, found: set[str]) -> None:
    """Of a word at an edge only the end that is certain; of a short one nothing."""
    assert required_joints(pattern) == found


PIECES = st.sampled_from(["no", " ", "name", "'x'", "\\d+", "\\.", "(a b)?", "b?", "[xy]", ".*", " of ", "\\b", "(?:c d|e)", "z*", "w{0,2}", "$", "straße", "x{e<=1}", "{|"])  # fmt: skip
TEXT = st.lists(
    st.sampled_from(["no", " ", "name", "'x'", "7", ".", "a b", "b", "x", " of ", "c d", "e", "z", "w", "straße", "{"]),
    max_size=12,
)


@given(st.lists(PIECES, min_size=1, max_size=8).map("".join), TEXT.map("".join))
def test_a_text_that_a_pattern_matches_has_the_words_and_joints_it_needs(pattern: str, text: str) -> None:
    if regex.search(pattern, text):
        words = [word.casefold() for word in regex.findall(r"\w+", text)]
        assert required_words(pattern) <= set(words)
        assert required_joints(pattern) <= set(joints(words))
        assert required_letters(pattern) in text.casefold()
