"""Each golden text is read exactly as the file beside it says; `tests/golden/README.md` tells how to add one."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.crash.model import Crash, Frame, Raised, SyntaxSpot
from app.crash.text import read
from app.crash.traceback import parse

GOLDEN = Path(__file__).parent.parent / "golden"
TEXTS = sorted(GOLDEN.glob("*.txt"))
OTHER_STAGES = {"module", "owner", "environment", "logs"}
WIDTH = 118


def compact(value: Any) -> Any:
    """The value as JSON, without what is empty or unknown, and without what other stages than the parser fill in."""
    if isinstance(value, Crash | Raised | Frame | SyntaxSpot):
        named = {name: one for name, one in value._asdict().items() if name not in OTHER_STAGES}
        if isinstance(value, Crash):
            named["headers"] = [line.number for line in value.headers]
        return {name: compact(one) for name, one in named.items() if one not in (None, "", (), [], 0, False)}
    return [compact(one) for one in value] if isinstance(value, tuple) else value


def pretty(value: Any, margin: str = "") -> str:
    """JSON with each short value on one line, so that a stack reads like a stack."""
    line = json.dumps(value, ensure_ascii=False)
    if len(margin) + len(line) <= WIDTH or not isinstance(value, dict | list) or "file" in value:
        return line
    inner = margin + " "
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {pretty(one, inner)}" for name, one in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{margin}}}"
    return "[\n" + ",\n".join(inner + pretty(one, inner) for one in value) + f"\n{margin}]"


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.stem)
def test_a_golden_text_is_read_as_written_down(text: Path) -> None:
    golden = text.with_suffix(".json")
    written = json.loads(golden.read_text())
    crashes = [compact(crash) for crash in parse(read(text.read_bytes()))]
    if os.environ.get("TRACELORE_GOLDEN") == "write" and "crashes" not in written:
        written["crashes"] = crashes
        golden.write_text(pretty(written) + "\n")
    assert written["source"]
    if "not_yet" in written:
        assert crashes != written["crashes"], "it is read now: take `not_yet` out"
        pytest.xfail(written["not_yet"])
    assert crashes == written["crashes"]


def test_no_golden_file_stands_alone() -> None:
    assert {text.stem for text in TEXTS} == {golden.stem for golden in GOLDEN.glob("*.json")}


def test_golden_texts_name_no_one_and_no_machine() -> None:
    for text in TEXTS:
        raw = text.read_bytes()
        assert not {word for word in (b"/root", b"/tmp/", b"/Users/", b"@gmail") if word in raw}, text.name
