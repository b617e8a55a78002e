"""The plain way to read a text beside the general one, and the texts that both are held against."""

from pathlib import Path

from app.crash.text import decode, read_text, undone
from app.crash.traceback import any_crashes, parse

HERE = Path(__file__).parent
FILES = [
    *sorted((HERE.parent / "signatures").glob("*/*.txt")),
    *sorted((HERE / "golden").glob("*.txt")),
    *sorted((HERE / "ordinary").rglob("*.txt")),
]
TEXTS = [decode(file.read_bytes())[0] for file in FILES]


def assert_same(text: str) -> bool:
    """The plain way, where it is open, says what the general one says; whether it is."""
    report, general = read_text(text), undone(text)
    assert report == general, text
    crashes = any_crashes(general.lines)
    assert parse(report) == crashes, text
    assert parse(general) == crashes, text
    return bool(report.traces)
