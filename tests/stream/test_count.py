"""One message, counted by one worker and answered by another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from app.cli.stream import _answer
from app.diagnosis.candidates import build_index
from app.signature.book import make_book
from app.store.diagnoses import find
from app.stream.count import count
from app.stream.message import Message

if TYPE_CHECKING:
    from tests.stream.conftest import Site

CRASH = (
    b'Traceback (most recent call last):\n  File "/srv/shop/cart.py", line 7, in add\n    fail()\nshop.Gone: it is\n'
)


def test_what_another_version_answers_anew_is_found_by_its_link(site: Site) -> None:
    """The worker that counted it is stopped before it has published the answer, to be upgraded."""
    message = Message("nats:shop:7", CRASH, {"Tracelore-Source": "shop"}, 1)
    site.count(message)
    later = build_index(make_book([]))
    for _ in range(2):
        [told] = count(message, site.sessions, later, _answer, "shop")
        answer = json.loads(told.body)
        with site.sessions() as session:
            kept = find(session, answer["id"] or "")
        assert kept is not None
        assert (answer["url"], kept.diagnosis.book) == (f"/diagnoses/{kept.kept.id}", later.book.revision)
    assert [one.count for one in site.counted()] == [1]
