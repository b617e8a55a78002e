"""A signature that keeps every promise, for tests to break."""

from copy import deepcopy
from typing import Any

import pytest

GOOD: dict[str, Any] = {
    "id": "widget-42",
    "package": "widget",
    "title": "Turning a widget fails on Mondays",
    "status": "proven",
    "match": {
        "all": [{"exception": "ValueError"}, {"message": r"cannot turn on \w+day"}, {"frame": "widget.core:turn"}],
        "any": [{"log": r"\bwidget \d"}, {"code": r"widget\.turn\("}, {"installed": "widget>=1.0"}],
        "none": [{"frame": "gadget"}],
    },
    "affected": [{"introduced": "1.0", "fixed": "1.4"}, {"introduced": "2.0", "fixed": "2.1"}],
    "cause": "Mondays were forgotten.",
    "remedy": "Mondays are known.",
    "question": "Is it Monday?",
    "references": [{"kind": "fix", "url": "https://example.org/widget/pull/43"}],
    "verified": {"on": "2026-11-22", "how": "read"},
    "examples": {"monday": "run of widget 1.3", "gadget": "run of gadget 1.0"},
}


@pytest.fixture
def good() -> dict[str, Any]:
    """A fresh copy of a signature, as its file would be read."""
    return deepcopy(GOOD)
