"""A traceback whose characters were escaped for a page, be it again and again, is the traceback that was printed."""

import html
from collections.abc import Callable

import pytest

from app.crash.text import read
from app.crash.traceback import parse
from app.crash.unfold import without_html

KNOWN = """\
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 12, in <module>
    total(order) and "&lt;"
KeyError: "no 'name' & no <price>"
"""


def as_page(text: str) -> str:
    """As the source of a page has it."""
    return f"<pre>{html.escape(text)}</pre>"


def with_breaks(text: str) -> str:
    """As a page without preformatted text has it."""
    return html.escape(text).replace(" ", "&nbsp;").replace("\n", "<br>\n")


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("escaped", [html.escape, as_page, with_breaks])
def test_it_is_read_as_it_was_printed_however_often_it_was_escaped(escaped: Callable[[str], str], times: int) -> None:
    text = KNOWN
    for _ in range(times):
        text = escaped(text)
    (crash,) = parse(read(text.encode()))
    assert crash.raised.message == "\"no 'name' & no <price>\""
    (frame,) = crash.raised.frames
    assert (frame.function, frame.code) == ("<module>", 'total(order) and "&lt;"')


@pytest.mark.parametrize(
    "text",
    [
        KNOWN,
        KNOWN + "&amp;quot; is no quote\n",
        "a &amp;lt;b&amp;gt; c",
        "&amp;" * 9,
        html.escape(html.escape(html.escape(html.escape(KNOWN)))),
    ],
)
def test_what_escapes_no_traceback_keeps_its_characters(text: str) -> None:
    assert without_html(text) == text
