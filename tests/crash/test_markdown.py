"""Markdown laid over a traceback changes nothing of what is read, and nobody's own words lose theirs."""

from collections.abc import Callable

import pytest

from app.crash.markdown import without_bold, without_links
from app.crash.model import Crash
from app.crash.text import read
from app.crash.traceback import parse

Linear = Callable[[Callable[[int], object]], None]


def only(text: str) -> Crash:
    (crash,) = parse(read(text.encode()))
    return crash


def places(crash: Crash) -> list[tuple[str | None, int | None, str | None]]:
    return [(frame.file, frame.line, frame.code) for frame in crash.raised.frames]


NOTEBOOK = """\
---------------------------------------------------------------------------
ImportError                               Traceback (most recent call last)
{cell}
      {first} import os
----> {second} import orchard

File {file}
     {before} # numbers [from 1](https://docs.example.org/guide)
---> {running} from scipy.linalg import get_blas_funcs, triu

ImportError: cannot import name 'triu' from 'scipy.linalg' (see [7](https://docs.example.org/guide))
"""
FILE = r"c:\env (x86)\Lib\site-packages\orchard\trees.py"
PLAIN = {
    "cell": "Cell In[4], line 2",
    "first": "1",
    "second": "2",
    "file": FILE + ":20",
    "before": "18",
    "running": "20",
}


def target(kind: str, line: int) -> str:
    return {
        "file": f"file:///C:/env%20(x86)/Lib/site-packages/orchard/trees.py:{line}",
        "remote": f"https://file+.vscode-resource.vscode-cdn.net/c%3A/env/Lib/site-packages/orchard/trees.py:{line}",
        "lab": f"http://localhost:8888/lab/tree/env/orchard/trees.py#line={line - 1}",
        "cell": f"vscode-notebook-cell:?execution_count=4&line={line}",
    }[kind]


def linked(kind: str) -> dict[str, str]:
    return {
        "cell": f"Cell In[4], [line 2]({target('cell', 2)})",
        "first": f"[1]({target('cell', 1)})",
        "second": f"[2]({target('cell', 2)})",
        "file": f"[{FILE}:20]({target(kind, 20)})",
        "before": f"[18]({target(kind, 18)})",
        "running": f"[20]({target(kind, 20)})",
    }


def anchored() -> dict[str, str]:
    numbers = {"first": 1, "second": 2, "before": 18, "running": 20}
    return PLAIN | {name: f"<a href='{target('file', line)}'>{line}</a>" for name, line in numbers.items()}


@pytest.mark.parametrize("shown", [linked("file"), linked("remote"), linked("lab"), anchored()])
def test_links_over_the_places_of_a_notebook_are_undone(shown: dict[str, str]) -> None:
    crash, plain = only(NOTEBOOK.format(**shown)), only(NOTEBOOK.format(**PLAIN))
    assert crash.raised == plain.raised
    assert crash.form == "ipython"
    assert places(crash) == [
        ("Cell In[4]", 2, "import orchard"),
        (FILE, 20, "from scipy.linalg import get_blas_funcs, triu"),
    ]


def test_a_link_over_a_whole_cell_and_the_function_behind_a_file_are_read() -> None:
    assert without_links("[Cell In[4], line 2](vscode-notebook-cell:?line=2)") == "Cell In[4], line 2"
    assert without_links("File [~/a.py:2](file:///home/a.py:2), in f(x)") == "File ~/a.py:2, in f(x)"
    assert without_links("[c:\\a b.py](file:///c:/a.py) in f(x)") == "c:\\a b.py in f(x)"


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("[/usr/lib/x.py](https://localhost:8080/#) in __init__(self)", "/usr/lib/x.py in __init__(self)"),
        (
            "[<ipython-input-3-a1b2>](https://localhost:8080/#) in <cell line: 2>()",
            "<ipython-input-3-a1b2> in <cell line: 2>()",
        ),
        ("see [the guide](https://localhost:8080/#) first", "see [the guide](https://localhost:8080/#) first"),
    ],
)
def test_colabs_links_are_undone(line: str, plain: str) -> None:
    """They lead nowhere: each goes to the page itself."""
    assert without_links(line) == plain


def test_links_within_numbers_and_words_are_undone() -> None:
    step = "https://github.com/o/r/actions/runs/1/job/2#step:5:3"
    text = (
        "Traceback (most recent call last):\n"
        f'  File "/opt/python/3.1[0]({step}).4/lib/shop.py", line 1[3]({step}), in <module>\n'
        "    run()\n"
        f'  File "/srv/shop.py", line [7]({step}), in run\n'
        "    load()\n"
        f"RuntimeError: needs pear>=1.[2]({step}), see [3]({step}) and [a guide](https://example.org/guide:80)\n"
    )
    crash = only(text)
    assert places(crash) == [("/opt/python/3.10.4/lib/shop.py", 13, "run()"), ("/srv/shop.py", 7, "load()")]
    assert crash.raised.message == f"needs pear>=1.2, see [3]({step}) and [a guide](https://example.org/guide:80)"


@pytest.mark.parametrize(
    "line",
    [
        "ValueError: see [the guide](https://example.org/guide)",
        "ValueError: see [shop.py:20](file:///srv/shop.py:20)",
        "[18](https://example.org/notes) is a note",
        "  [shop](file:///srv/shop.py:20) is closed",
        "File [shop.py:20](https://example.org/shop.py:20) is missing",
        "I opened [localhost](http://localhost:8000) and it failed",
        "    rows[1](https://example.org)",
    ],
)
def test_a_link_in_words_stays(line: str) -> None:
    assert without_links(line) == line


BOLD = """\
Traceback (most recent call last):
  File "/srv/shop.py", line 3, in <module>
    total()
**AttributeError: module 'pears' has no attribute 'sum_**'**
"""


@pytest.mark.parametrize("before", ["", "> ", "web-1  | ", "    "])
def test_a_bold_line_ends_a_traceback(before: str) -> None:
    crash = only("".join(before + line for line in BOLD.splitlines(keepends=True)))
    assert (crash.raised.type, crash.raised.message) == ("AttributeError", "module 'pears' has no attribute 'sum_**'")
    assert len(crash.raised.frames) == 1
    assert not crash.truncated


@pytest.mark.parametrize(
    "line",
    [
        "**note: it fails**",
        "**KeyError**",
        "**ValueError: no** it says",
        "**kwargs",
        "f(**ValueError: x**)",
        "**a.b: c**",
    ],
)
def test_other_bold_words_stay(line: str) -> None:
    assert without_bold(line) == line


HOSTILE = [
    ("", "[a](file:(x)", 2_500, ""),
    ("", "[", 60_000, ""),
    ("", "[1](file:///a:1) ", 2_000, ""),
    ("File ", "[x:1](https://a:1) in ", 2_000, ""),
    ("x.py in ", "(", 60_000, "[x](file:a)"),
    ("", "[1](https://a", 2_500, ""),
    ("", "<a href='", 7_000, ""),
    ("**AnError: ", "** ", 20_000, "x"),
]


@pytest.mark.parametrize(("begin", "again", "times", "end"), HOSTILE)
def test_time_grows_no_faster_than_a_hostile_line(begin: str, again: str, times: int, end: str, linear: Linear) -> None:
    def undo(size: int) -> None:
        line = begin + again * (times * size // 4) + end
        for one in (line, "File " + line, line + "](file:x:1)"):
            without_bold(without_links(one))

    linear(undo)
