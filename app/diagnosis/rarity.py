"""How rare a clue is among ordinary crashes: what everybody's traceback shows proves little.

The counts come from the ordinary background (`background.py`, made by `bench/background.py`): in how many of its
crashes each token of `tokens.py` occurs.
"""

from __future__ import annotations

import math
from functools import lru_cache

from app.diagnosis.background import COUNTS, CRASHES
from app.diagnosis.tokens import tokens_needed

COUNTED = frozenset({"exception", "message", "frame", "code"})  # the kinds of clue that the background has counts of
ALWAYS_RARE = 1.0  # log lines and installed packages name a program
NOT_SAID = 0.5  # a pattern that needs no certain word may be of either kind


@lru_cache(maxsize=4096)
def rarity(kind: str, value: str) -> float:
    """Between 0 (in every ordinary crash) and 1 (in none): of a clue's rarest required token."""
    if kind not in COUNTED:
        return ALWAYS_RARE
    return max((_rarity(token) for token in tokens_needed(kind, value)), default=NOT_SAID)


def _rarity(token: str) -> float:
    return 1 - math.log(COUNTS.get(token, 0) + 1) / math.log(CRASHES + 1)
