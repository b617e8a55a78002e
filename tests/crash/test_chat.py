"""What a chat or a mail program puts below an exception's message is no part of it."""

from collections.abc import Callable

import pytest

from app.crash.chat import put_below
from app.crash.text import read
from app.crash.traceback import parse
from tests.both_ways import TEXTS, assert_same

Linear = Callable[[Callable[[int], object]], None]

CRASH = """\
Traceback (most recent call last):
  File "/srv/shop/orders.py", line 12, in total
    return price(order)
shop.errors.NoPrice: no price
of the order 4711"""
CELL = """\
---------------------------------------------------------------------------
NoPrice                                   Traceback (most recent call last)
Cell In[3], line 12
     10 order = find(4711)
---> 12 price(order)

NoPrice: no price
of the order 4711"""
BELOW = [
    "Bob Smith\n  12:06 PM\nwhich version is that?",
    "Bob Smith\n  12:06\nwhich version is that?",
    "Bob Smith  12:06 PM\nwhich version is that?",
    "deploybot  APP  12:06 PM\ndone",
    "12:06\nwhich version is that?",
    "3 replies\nLast reply today at 12:10 PM\nView thread",
    "1 reply",
    "(edited)\n:+1:\n2",
    ":eyes:\n1",
    "Bob \u2014 Today at 12:06 PM\nwhich version is that?",
    "Bob\n \u2014 \n11/23/2026 12:06 PM\nwhich version is that?",
    "[12:06 PM]Bob: which version is that?",
    "[Monday 12:06 PM] Bob Smith\nwhich version is that?",
    "[11/23/2026 12:06 PM] Bob Smith\nwhich version is that?",
    "Edited\nO'Neill, Jane\n12:06 PM\nwhich version is that?",
    "Bob Smith\n23.11. 12:06\nwhich version is that?",
    "Bob Smith 23.11. 12:06\nwhich version is that?",
    "Bob Smith\nNov 23rd at 12:06 PM\nwhich version is that?",
    "Bob, [23.11.2026 12:06]\nwhich version is that?",
    "[12:06, 23/11/2026] Bob: which version is that?",
    "\u2014\nReply to this email directly, view it on GitHub, or unsubscribe.",
    "Reply to this email directly, view it on GitHub, or unsubscribe.",
    "On Mon, Nov 23, 2026 at 12:04 PM Jane Doe <jane@example.org> wrote:\n> it fails",
    "Am 23.11.2026 um 12:04 schrieb Jane Doe:\n> it fails",
    "Sent from my iPhone",
    "From: Jane Doe <jane@example.org>\nSent: Monday, November 23, 2026 12:04 PM",
    "-----Original Message-----\nFrom: Jane Doe",
    "Share\nImprove this question\nFollow\nasked Nov 23, 2026 at 12:04",
    "jane commented on Nov 23, 2026\n+1",
]


@pytest.mark.parametrize("below", BELOW)
@pytest.mark.parametrize("crash", [CRASH, CELL])
def test_what_stands_below_is_no_part_of_the_message(below: str, crash: str) -> None:
    (one,) = parse(read(f"Jane Doe\n  12:04 PM\n{crash}\n{below}\n".encode()))
    assert one.raised.message == "no price\nof the order 4711"


@pytest.mark.parametrize("below", BELOW)
def test_both_ways_to_read_see_the_same(below: str) -> None:
    assert_same(f"Jane Doe\n  12:04 PM\n{CRASH}\n{below}\n\n{CRASH}\n{below}\n")


@pytest.mark.parametrize(
    "line",
    [
        "the shop is closed at 12:06",
        "Retry at 12:06 PM",
        "last seen today at 12:06 PM",
        "edited by nobody",
        "replies: 3",
        "On failure the worker wrote:nothing",
        "From: the shop",
        "- 12:06",
        "Closed since Monday, 12:06",
        "Bob Smith",
        "Permission denied\nPlease log in",
        "Reply",
        "--",
        "::",
    ],
)
def test_a_line_of_the_message_stays_in_it(line: str) -> None:
    (one,) = parse(read(f"{CRASH}\n{line}\nof today\n".encode()))
    assert one.raised.message == f"no price\nof the order 4711\n{line}\nof today"


def test_no_line_of_a_text_we_have_is_taken_for_one_of_a_chat() -> None:
    found = [
        line
        for text in TEXTS
        for crash in parse(read(text.encode()))
        for line in (crash.raised.message or "").split("\n")[1:]
        if put_below(line.strip(), [])
    ]
    assert found == []


@pytest.mark.parametrize("unit", ["A", "A ", "Aa, ", "On ", "[", "1:", "Bob (a) ", "12:06 ", ": ", "a@"])
def test_hostile_lines_take_linear_time(unit: str, linear: Linear) -> None:
    linear(lambda size: [put_below(unit * at, [unit * at]) for at in range(100) for _ in range(20 * size)])
