"""Advice names the clue that fits one text only, and the one that fits every text."""

from app.diagnosis.advise import advise, cases_of
from app.signature.model import Signature

CRASH = (
    b'Traceback (most recent call last):\n  File "/a/site-packages/shop/cart.py", line 1, in total\nValueError: %s\n'
)
SIGNATURE = Signature.model_validate(
    {
        "id": "shop-1",
        "package": "shop",
        "title": "the cart has no total",
        "match": {
            "all": [{"message": "no total"}, {"frame": "shop.cart:total"}],
            "any": [{"log": "shop started"}, {"message": "total"}],
        },
        "affected": [{"fixed": "2"}],
        "cause": "c",
        "remedy": "r",
        "references": [{"kind": "fix", "url": "https://example.org/1"}],
    }
)


def test_a_clue_without_example_and_a_common_one_are_named() -> None:
    own = cases_of([CRASH % b"no total"])
    ordinary = cases_of([CRASH % b"total is odd", CRASH % b"other"])
    found = [(code, path) for code, path, _ in advise(SIGNATURE, own, ordinary)]
    assert found == [("TL501", ("match", "any", 0)), ("TL502", ("match", "any", 1))]
