r"""Markdown that an editor, a notebook or a web page laid over a traceback, undone; anybody's own words keep theirs.

VS Code and JupyterLab make a link of every place in a traceback, GitHub of digits in the logs of its runs. A link is
undone only where the line without it shows a place, or where it cuts a number or a word in two.
"""

from __future__ import annotations

import re

from app.crash.names import holds_any

# to `file:///C:/srv/shop.py:20`, `vscode-notebook-cell:?execution_count=1&line=2`, or to a line of what is on the web:
# `http://localhost:8888/lab/tree/shop.py#line=19`, Colab's `https://localhost:8080/#`, `https://github.com/o/r/actions/runs/1/job/2#step:5:3`
TARGET = (
    r"(?:(?:file|vscode-[\w-]{1,40}):[^()\n]{0,2000}+(?:\([^()\n]{0,200}\)[^()\n]{0,1000}+){0,2}"
    r"|https?://[^()\n\s]{0,2000}?(?::|[?&#]line=)\d{1,9}|https?://localhost(?::\d{1,5})?/#)"
)
# `[c:\srv\shop.py:20](file:///C:/srv/shop.py:20)`, `[In[1], line 2](vscode-notebook-cell:...)`
LINK = rf"\[(?P<text>[^\[\]\n]{{1,400}}+(?:\[\d{{0,9}}\][^\[\]\n]{{0,400}}+)?)\]\({TARGET}\)"
# `<a href='file:///srv/shop.py?line=19'>20</a>`
ANCHOR = r"<a href=(?:'[^'<>\n]{1,2000}'|\"[^\"<>\n]{1,2000}\")>(?P<shown>[^<>\n]{1,400})</a>"
IN_A_LINK = ("](", "<a href=")
ANY_LINK = re.compile(rf"{LINK}|{ANCHOR}")

# ---> [20](file:///C:/srv/shop.py:20) from scipy.linalg import triu
#      [18](file:///C:/srv/shop.py:18) # a comment
NUMBERED = re.compile(rf"(?P<head>[\s>|]*+(?:-+> ?)?)(?:{LINK}|{ANCHOR})(?=\s|\Z)")

# `1[3](https://github.com/o/r/actions/runs/1/job/2#step:5:3)`, `3.[10](https://...#step:6:12).4`
STEP = r"\[(\d{1,9})\]\(https?://[^()\n\s]{1,400}?#step:\d{1,9}:\d{1,9}\)"
IN_A_WORD = re.compile(rf"(?<=[\w.]){STEP}|{STEP}(?=[\w.])")

# File c:\srv\shop.py:20, in total(prices)
# File "/srv/shop.py", line 13, in <module>
# Cell In[1], line 2
# c:\srv\shop.py in total(prices)
# <ipython-input-3-a1b2c3> in <cell line: 2>()
PLACE = re.compile(
    r"[\s>|]*+(?:File [^\s\"][^\n]*:\d{1,9}(?:,? in \S.*)?\s*\Z|(?:Cell|Input) In ?\[\d{1,9}\]"
    r"|\S[^\n]{0,400}\.py in (?:<module>|[\w.<>]{1,200}\())"
    r"|<ipython-input-[^<>\n]{1,100}> in \S"
    r"|.{0,240}?File \"[^\"\n]{1,1000}\", line \d"
)

# **AttributeError: module 'PIL.Image' has no attribute 'ANTIALIAS'**
BOLD = re.compile(
    r"(?P<head>\s*+)\*\*(?P<text>(?:[^\W\d]\w{0,100}\.){0,12}[A-Z]\w{0,100}"
    r"(?:Error|Exception|Warning|Interrupt|Exit|Iteration|Group|Fault|Timeout|NotFound): .*\S)\*\*\s*\Z"
)


def without_links(line: str) -> str:
    """The line of a traceback without the links laid over its places; any other line comes out untouched."""
    if not holds_any(IN_A_LINK, line):
        return line
    line = IN_A_WORD.sub(lambda link: link[1] or link[2], line)
    numbered = NUMBERED.match(line)
    if numbered is not None and _text(numbered).isdigit():
        return numbered["head"] + _text(numbered) + line[numbered.end() :]
    plain = ANY_LINK.sub(_text, line)
    return plain if plain != line and PLACE.match(plain) else line


def _text(link: re.Match[str]) -> str:
    return link["text"] or link["shown"]


def without_bold(line: str) -> str:
    """The exception's own line without the asterisks that make it bold; any other line comes out untouched."""
    bold = BOLD.match(line) if "**" in line else None
    return bold["head"] + bold["text"] if bold else line
