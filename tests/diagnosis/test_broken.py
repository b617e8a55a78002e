"""A message whose lines were broken on the way is found as if it were in one piece; one of several lines stays so."""

import pytest

from app.crash.model import Raised
from app.diagnosis.broken import in_one_piece

WORDS = "order 4711 of 3 items was not paid, since the account 'basic' of the customer does not hold any money today"


def pieces(printed: str) -> list[str]:
    name, _, message = printed.partition(": ")
    return list(in_one_piece(Raised(name, message)))


@pytest.mark.parametrize("width", [80, 100])
def test_it_is_put_together_where_it_was_broken_at_the_edge_of_a_terminal(width: int) -> None:
    printed = f"NotPaid: {WORDS}"
    broken = "\n".join(printed[at : at + width] for at in range(0, len(printed), width))
    assert WORDS in pieces(broken)


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        (
            "AttributeError: 'Retry' object has no attribute\n'a_method_that_was_taken_out_of_it'",
            "'Retry' object has no attribute 'a_method_that_was_taken_out_of_it'",
        ),
        (
            (
                "shop.errors.NotPaid: order 4711 of 3 items was not paid, since the\naccount 'basic' of the customer"
                " does not hold any money, and nobody is\nat home\n[order 4711]"
            ),
            (
                "order 4711 of 3 items was not paid, since the account 'basic' of the customer"
                " does not hold any money, and nobody is at home\n[order 4711]"
            ),
        ),
    ],
)
def test_it_is_put_together_where_a_mail_program_broke_it_at_blanks(broken: str, whole: str) -> None:
    assert pieces(broken) == [whole]


@pytest.mark.parametrize(
    "printed",
    [
        "KeyError: 'x'",
        "ValidationError: 1 validation error for Order\ntotal\n  Input should be a number",  # the next word had room
        f"NotPaid: {WORDS[:80]}\n  [order 4711]",  # indented: a line of its own
        f"NotPaid: {WORDS[:80]}\n\nSee the manual",
        f"NotPaid: {'x' * 200}\nSee the manual",  # wider than anything breaks lines at
    ],
)
def test_a_message_of_several_lines_is_none(printed: str) -> None:
    assert pieces(printed) == []
