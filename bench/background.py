"""Count in how many ordinary crashes each token occurs, and write app/diagnosis/background.py.

.venv/bin/python -m bench.background tests/ordinary > app/diagnosis/background.py
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from app.crash.model import Crash, chain
from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.clues import SAME_EXCEPTION

WORD = re.compile(r"\w+")
SEEN_OFTEN = 3  # tokens of fewer crashes are as good as unseen, and left out


def tokens(crash: Crash) -> Iterator[str]:
    """The crash's tokens, in the words of `app/diagnosis/rarity.py`."""
    for one in chain(crash.raised):
        if one.type is not None:
            name = one.type.rpartition(".")[2]
            yield f"e {SAME_EXCEPTION.get(name, name)}"
        yield from (f"m {word.casefold()}" for word in WORD.findall(one.message[:2000]))
        for frame in one.frames:
            parts = (frame.module or "").split(".")
            for length in range(1, len(parts) + 1):
                module = ".".join(parts[:length])
                yield f"f {module}"
                yield f"f {module}:{frame.function}"
            yield from (f"c {word.casefold()}" for word in WORD.findall(frame.code or ""))


def main(folder: Path) -> None:
    """Print the module."""
    counts: Counter[str] = Counter()
    crashes = 0
    for file in sorted(folder.rglob("*.txt")):
        for crash in parse(read(file.read_bytes())):
            crashes += 1
            counts.update(set(tokens(crash)))
    kept = {token: count for token, count in sorted(counts.items()) if count >= SEEN_OFTEN}
    print('"""Made by bench/background.py from the texts in tests/ordinary; do not edit."""\n')
    print(f"CRASHES = {crashes}\nCOUNTS = {{")
    print("".join(f"    {token!r}: {count},\n" for token, count in kept.items()).replace("'", '"') + "}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
