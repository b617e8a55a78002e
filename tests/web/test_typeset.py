"""How texts are set: escaped, visible, of bounded length; and the few marks that signature files use."""

from __future__ import annotations

import re

import pytest

from app.diagnosis.model import CrashDiagnosis, Known, Match, Surroundings, VersionVerdict
from app.web import words
from app.web.render import prose
from app.web.typeset import LONGEST_LINE, inline, shown, visible


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("plain: ß 日本 שלום 🐍", "plain: ß 日本 שלום 🐍"),
        ("\x00\x1b[31m\r", "␀␛[31m␍"),
        ("a\u202eb\u2066", "a«U+202E»b«U+2066»"),
        ("\x7f\x9b\ufeff\u200b\u2028", "«U+007F»«U+009B»«U+FEFF»«U+200B»«U+2028»"),
        ("\ud83d", "«U+D83D»"),
    ],
)
def test_what_cannot_be_seen_gets_a_sign(written: str, seen: str) -> None:
    assert visible(written) == seen


def test_an_endless_line_is_cut_and_says_so() -> None:
    assert shown("x" * (LONGEST_LINE + 1234)) == "x" * LONGEST_LINE + " … 1,234 more characters"


def test_code_in_a_sentence_is_set_and_escaped() -> None:
    assert inline("use `a<b>` & `c") == 'use <code class="whole">a&lt;b&gt;</code> &amp; `c'


def test_paragraphs_lists_and_code_are_set() -> None:
    page = prose("one\ntwo\n\n- a\n  b\n- c\n\nuse `a<b>`:\n\n    pip <it>\n\n1. x\n2. y\n")
    assert re.sub(r">\s+<", "><", page).strip() == (
        '<p>one\ntwo</p><ul><li>a\nb</li><li>c</li></ul><p>use <code class="whole">a&lt;b&gt;</code>:</p>'
        "<pre><code>pip &lt;it&gt;\n</code></pre><ol><li>x</li><li>y</li></ol>"
    )


@pytest.mark.parametrize(
    ("written", "set_as"),
    [
        (
            "see [the docs](https://example.org/a)",
            '<p>see <a href="https://example.org/a" rel="noreferrer">the docs</a></p>',
        ),
        ("<https://example.org/>", '<p><a href="https://example.org/" rel="noreferrer">https://example.org/</a></p>'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](/kb) and [y](data:text/html,z)", "<p>[x](/kb) and [y](data:text/html,z)</p>"),
        ("<mailto:a@example.org>", "<p>&lt;mailto:a@example.org&gt;</p>"),
        ("<b onclick=x>bold</b>", "<p>&lt;b onclick=x&gt;bold&lt;/b&gt;</p>"),
        ("<script>\nalert(1)\n</script>", "<p>&lt;script&gt;\nalert(1)\n&lt;/script&gt;</p>"),
        ("# no heading\n\nnor this\n===", "<p># no heading</p>\n<p>nor this\n===</p>"),
        ("a\u202eb \x1b[31m", "<p>a«U+202E»b ␛[31m</p>"),
        ("**strong** __main__", "<p><strong>strong</strong> <strong>main</strong></p>"),
    ],
)
def test_markdown_can_neither_break_out_nor_lead_astray(written: str, set_as: str) -> None:
    assert prose(written).strip() == set_as


def test_an_image_is_not_loaded() -> None:
    assert "<img" not in prose("![x](https://example.org/pixel.png)")


@pytest.mark.parametrize(
    ("confidence", "shown_as"),
    [(0.0, "0 %"), (0.304, "30 %"), (0.96, "96 %"), (0.9999, "99 %"), (1.0, "100 %")],
)
def test_a_probability_is_never_rounded_up_to_certain(confidence: float, shown_as: str) -> None:
    assert words.percent(confidence) == shown_as


@pytest.mark.parametrize(
    ("verdict", "fix", "known", "sentence"),
    [
        ("affected", "2.0", "1.0", "This report runs six 1.0: affected. 2.0 fixes it."),
        ("affected", None, "1.0", "This report runs six 1.0: affected. No release has a fix yet."),
        ("affected", "2.0", None, "The version of six in this report: affected. 2.0 fixes it."),
        ("fixed", "2.0", "2.1", "This report runs six 2.1: it already has the fix of 2.0, so this is another bug or a"),
        ("not-yet", "2.0", "0.1", "This report runs six 0.1: older than this bug, which speaks against it."),
        (
            "other-branch",
            "2.0",
            "1.9",
            "This report runs six 1.9: affected. The fix, 2.0, is not on that release line.",
        ),
        ("unknown", "2.0", None, "The report does not show which version of six runs. Before 2.0 it is affected."),
        ("unknown", None, None, "The report does not show which version of six runs."),
    ],
)
def test_the_version_verdict_is_a_sentence(
    verdict: VersionVerdict, fix: str | None, known: str | None, sentence: str
) -> None:
    crash = CrashDiagnosis(
        "match", 0.9, "python", "python", False, "E", "", "v1:0", 1, 2,  # noqa: FBT003
        Surroundings(packages={"six": Known(known)} if known else {}),
    )  # fmt: skip
    match = Match(
        "six-1",
        "six",
        "title",
        "match",
        0.9,
        verdict,
        fix,
        "advice",
        "cause",
        "remedy",
        None,
        None,
        None,
        (),
        (),
        "/kb",
    )
    assert words.version_verdict(crash, match).startswith(sentence)
