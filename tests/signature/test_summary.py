"""The list of all signatures says what proves each."""

from typing import Any

from app.signature.model import Signature
from app.signature.summary import Line, summary

RUN = {"python": "3.8.18", "affected": {"widget": "1.3"}, "fixed": {"widget": "1.4"}}


def line(good: dict[str, Any], **changes: Any) -> Line:
    return Line(Signature.model_validate(good | changes), {"match": 2, "none": 1})


def test_a_reproduced_one_names_its_pythons_and_the_ends_that_were_run(good: dict[str, Any]) -> None:
    runs = [RUN, RUN | {"python": "3.12.1"}]
    verified = {"on": "2026-11-22", "how": "reproduced", "runs": runs, "edges": {"1.3": "crashed", "1.4": "ran"}}
    page = summary([line(good, verified=verified)])
    assert "1 signatures of 1 packages: 1 reproduced (1 on two" in page
    assert "| reproduced: Python 3.8, 3.12 | 1.3 crashes, 1.4 runs | 2 · 0 · 1 | 2026-11-22 |" in page
    assert "[widget-42](widget/widget-42.yaml)" in page


def test_one_that_can_not_be_run_says_why_and_no_title_breaks_the_table(good: dict[str, Any]) -> None:
    page = summary([line(good, reproduce={"cannot": "needs Windows"}, title="Turning 'a' | 'b' into <c> fails")])
    assert "| Turning 'a' &#124; 'b' into &lt;c> fails |" in page
    assert "| read: needs Windows |" in page
