"""How the texts of senders and signatures are set in HTML: everything escaped, nothing invisible, nothing endless."""

from __future__ import annotations

import re
import unicodedata

from markupsafe import Markup, escape

LONGEST_LINE = 1000  # ten screens on a phone; a longer line is data, and its start is what a reader needs
NAMED = 240  # characters of an exception's text in a headline: four lines on a desk
WHOLE = 24  # characters of code that fit on the narrowest line
TAB = "    "

_ODD = re.compile(r"[^\x20-\x7e\t\n]")
_CODE = re.compile(r"`([^`\n]+)`")


def visible(written: str) -> str:
    """Control, direction and unpaired characters become signs that can be seen and can't turn the text around."""
    return _ODD.sub(_sign, written)


def _sign(found: re.Match[str]) -> str:
    char = found[0]
    code = ord(char)
    if code < 0x20:  # noqa: PLR2004 - the C0 controls have pictures of their own, in the same order
        return chr(0x2400 + code)
    if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}:
        return f"«U+{code:04X}»"
    return char


def shown(line: str) -> str:
    """A line of a report, as a reader may see it: tabs as spaces, odd characters visible, cut when it is endless."""
    return _cut(line, LONGEST_LINE)


def brief(written: str) -> str:
    """The same for a place where a line is only named."""
    return _cut(written, NAMED)


def _cut(written: str, most: int) -> str:
    rest = len(written) - most
    end = f" … {rest:,} more characters" if rest > 0 else ""
    return visible(written[:most]).replace("\t", TAB) + end


def inline(written: str) -> Markup:
    """One sentence, with `code` in backticks set as code."""
    parts = _CODE.split(visible(written))
    return Markup("").join(set_code(part) if odd % 2 else escape(part) for odd, part in enumerate(parts))


def set_code(part: str) -> Markup:
    """Code in a sentence; a short piece such as `--reload` stays on one line."""
    return Markup('<code class="{}">{}</code>').format("whole" if len(part) <= WHOLE else "long", part)
