"""How rare a clue is among ordinary crashes: what everybody's traceback shows proves little.

The counts come from the ordinary background (`background.py`, made by `bench/background.py`): in how many of its
crashes a word of a message, a word of a source line, a module or a function occurs.
"""

from __future__ import annotations

import math
from functools import lru_cache

from app.diagnosis.background import COUNTS, CRASHES
from app.diagnosis.literals import required_words

ALWAYS_RARE = 1.0  # log lines and installed packages name a program; the background has no counts of them


@lru_cache(maxsize=4096)
def rarity(kind: str, value: str) -> float:
    """Between 0 (in every ordinary crash) and 1 (in none): of a clue's rarest required token."""
    if kind in {"message", "code"}:
        tokens = [f"{kind[0]} {word}" for word in required_words(value)]
        return max((_rarity(token) for token in tokens), default=0.5)
    return _rarity(f"{kind[0]} {value}") if kind in {"frame", "exception"} else ALWAYS_RARE


def _rarity(token: str) -> float:
    return 1 - math.log(COUNTS.get(token, 0) + 1) / math.log(CRASHES + 1)
