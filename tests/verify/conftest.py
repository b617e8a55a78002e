"""A package `tally` in four releases, as wheels in a folder that stands in for the registry: 1.1 and 1.2 have a bug."""

import sys
import zipfile
from ensurepip import _bundled  # type: ignore[attr-defined]
from importlib.resources import files
from pathlib import Path
from shutil import copyfileobj

import pytest

from app.verify.environments import interpreter

HERE = ".".join(map(str, sys.version_info[:2]))  # the one Python that is surely there
BROKEN = "def count(things):\n    return len(things) + things.total\n"
RIGHT = "def count(things):\n    return len(things)\n"
RELEASES = {"1.0": RIGHT, "1.1": BROKEN, "1.2": BROKEN, "1.3": RIGHT}
SCRIPT = "import tally\n\nprint(tally.count([1, 2]))\n"
SIGNATURE = f"""id: tally-7
package: tally
title: "Counting a list fails: 'list' object has no attribute 'total'"
status: proven

match:
  all:
    - exception: AttributeError
    - message: "'list' object has no attribute 'total'"
    - frame: tally:count

affected:
  - introduced: "1.1"                       # a comment that stays
    fixed: "1.3"

cause: |
  Since 1.1 it asks every list for a total.
remedy: |
  1.3 counts again.

references:
  - {{kind: fix, url: "https://example.org/tally/7"}}
reproduce:
  python: ["{HERE}"]
  affected: ["tally==1.2"]
  fixed: ["tally==1.3"]
verified: {{on: "2020-01-01", how: read}}
examples:
  by-hand: written for this test
  bare: written for this test
"""
FRAME = '  File "/srv/app/.venv/lib/python3.11/site-packages/tally/__init__.py", line 2, in count\n'
CRASH = "Traceback (most recent call last):\n" + FRAME + "AttributeError: 'list' object has no attribute 'total'\n"


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of wheels; pip's own, which comes with Python, is among them, because it lists the releases."""
    folder = tmp_path_factory.mktemp("registry")
    for release, source in RELEASES.items():
        about = f"tally-{release}.dist-info"
        with zipfile.ZipFile(folder / f"tally-{release}-py3-none-any.whl", "w") as wheel:
            wheel.writestr("tally/__init__.py", source)
            wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tally\nVersion: {release}\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")
    for bundled in files(_bundled).iterdir():
        if bundled.name.startswith("pip-"):
            with bundled.open("rb") as source_file, (folder / bundled.name).open("wb") as target:
                copyfileobj(source_file, target)
    return folder


@pytest.fixture
def offline(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installer knows this folder and no other registry."""
    for name, value in {"FIND_LINKS": str(registry), "NO_INDEX": "1"}.items():
        monkeypatch.setenv(f"UV_{name}", value)
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    interpreter.cache_clear()


@pytest.fixture
def signatures(tmp_path: Path) -> Path:
    """A folder of signatures with the one for that bug."""
    folder = tmp_path / "signatures"
    (folder / "tally").mkdir(parents=True)
    (folder / "tally" / "tally-7.yaml").write_text(SIGNATURE)
    (folder / "tally" / "tally-7.reproduce.py").write_text(SCRIPT)
    (folder / "tally" / "tally-7.match.by-hand.txt").write_text(CRASH)
    (folder / "tally" / "tally-7.none.bare.txt").write_text("Traceback (most recent call last):\nKeyError: 'total'\n")
    return folder
