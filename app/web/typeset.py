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
_BULLET = re.compile(r"\s*(?:[-*]|\d+[.)]) +")
_INDENT = "    "


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
    return Markup("").join(_code(part) if odd % 2 else escape(part) for odd, part in enumerate(parts))


def _code(part: str) -> Markup:
    """Code in a sentence; a short piece such as `--reload` stays on one line."""
    return Markup('<code class="{}">{}</code>').format("whole" if len(part) <= WHOLE else "long", part)


def prose(written: str) -> Markup:
    """Paragraphs, lists and indented code, as signature files write them."""
    return Markup("").join(_block(block) for block in re.split(r"\n\s*\n", written.strip("\n")) if block.strip())


def _block(block: str) -> Markup:
    lines = block.split("\n")
    if all(line.startswith(_INDENT) for line in lines):
        return Markup("<pre>{}</pre>").format("\n".join(visible(line[len(_INDENT) :]) for line in lines))
    if not _BULLET.match(lines[0]):
        return Markup("<p>{}</p>").format(inline(" ".join(line.strip() for line in lines)))
    items: list[str] = []
    for line in lines:
        bullet = _BULLET.match(line)
        if bullet:
            items.append(line[bullet.end() :])
        else:
            items[-1] += " " + line.strip()
    kind = "ol" if lines[0].lstrip()[0].isdigit() else "ul"
    rows = Markup("").join(Markup("<li>{}</li>").format(inline(item)) for item in items)
    return Markup("<{kind}>{rows}</{kind}>").format(kind=kind, rows=rows)
