"""What a bug's page says of how the bug is known, for the signatures that the book does not have."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.signature.model import Signature
from app.web.kb_proof import proof
from app.web.render import Page, html

TOLD: dict[str, Any] = {
    "id": "six-1",
    "package": "six",
    "title": "Six can't be imported",
    "match": {"all": [{"exception": "ImportError"}]},
    "affected": [{"fixed": "2.0"}],
    "cause": "It is so.",
    "remedy": "It is no longer so.",
    "references": [{"kind": "fix", "url": "https://example.org/six/1"}],
}
RUN = {"python": "3.11.7", "affected": {"six": "1.9"}, "fixed": {"six": "2.0"}}


def signature(**more: Any) -> Signature:
    return Signature.model_validate(TOLD | more)


def test_what_nobody_checked_has_no_such_part() -> None:
    assert proof(signature()) == ()
    asked = {"python": ["3.11"], "affected": ["six==1.9"], "fixed": ["six==2.0"]}
    assert proof(signature(reproduce=asked)) == ()


@pytest.mark.parametrize(
    ("run", "crashed", "ran"),
    [
        (RUN, "Python 3.11.7 with six 1.9", "Python 3.11.7 with six 2.0"),
        ({"python": "3.6.15", "fixed_python": "3.8.18"}, "Python 3.6.15", "Python 3.8.18"),
        (
            RUN | {"affected": {"six": "1.9", "attrs": "20.1", "rich": "13.0"}},
            "Python 3.11.7 with six 1.9, attrs 20.1 and rich 13.0",
            "Python 3.11.7 with six 2.0",
        ),
    ],
)
def test_a_run_is_one_row(run: dict[str, Any], crashed: str, ran: str) -> None:
    [part] = proof(signature(verified={"on": "2026-03-04", "how": "reproduced", "runs": [run]}))
    assert part.checked == "Last checked on 4 March 2026: it was made to happen, and with the fix it was gone."
    assert [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row] for row in part.rows] == [[crashed, ran]]


def test_a_reason_without_a_check_is_told_and_escaped() -> None:
    [part] = proof(signature(reproduce={"cannot": "needs <b>Windows</b> and `msvcrt`"}))
    assert (part.checked, part.rows) == (None, ())
    page = bytes(html(Page("six", (part,))).body).decode()
    assert 'Not run here. Needs &lt;b&gt;Windows&lt;/b&gt; and <code class="whole">msvcrt</code>.' in page
    assert "<table>" not in page
    assert "None" not in page


def test_every_reason_stands_as_a_sentence() -> None:
    seen = {"on": date(2026, 3, 4), "how": "read", "edges": {"1.9": "differs"}, "edges_open": "2.0 was withdrawn."}
    [part] = proof(signature(verified=seen))
    assert [note.replace("\N{NO-BREAK SPACE}", " ") for note in part.notes] == [
        "The ends of the range were run: six 1.9 fails in another way.",
        "2.0 was withdrawn.",
    ]
