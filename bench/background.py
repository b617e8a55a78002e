"""Count in how many ordinary crashes each token occurs, and write app/diagnosis/background.py.

.venv/bin/python -m bench.background tests/ordinary > app/diagnosis/background.py
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from app.crash.text import read
from app.crash.traceback import parse
from app.diagnosis.case import lay_out
from app.diagnosis.tokens import tokens_of

SEEN_OFTEN = 3  # tokens of fewer crashes are as good as unseen, and left out


def main(folder: Path) -> None:
    """Print the module."""
    counts: Counter[str] = Counter()
    crashes = 0
    for file in sorted(folder.rglob("*.txt")):
        for crash in parse(read(file.read_bytes())):
            crashes += 1
            counts.update(set(tokens_of(lay_out(crash, crash.environment))))
    kept = {token: count for token, count in sorted(counts.items()) if count >= SEEN_OFTEN}
    print('"""Made by bench/background.py from the texts in tests/ordinary; do not edit."""\n')
    print(f"CRASHES = {crashes}\nCOUNTS = {{")
    print("".join(f"    {token!r}: {count},\n" for token, count in kept.items()).replace("'", '"') + "}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
