"""What is not text is named; what is text, in whatever state, is let through."""

import gzip
import random

import pytest

from app.crash.binary import kind_of
from app.crash.text import decode

TEXT = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: größer 発生\n'


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a PNG image"),
        (gzip.compress(TEXT.encode()), "a gzip file"),
        (random.Random(1).randbytes(5000), "binary data"),
        (b"\x00" * 50, "binary data"),
    ],
)
def test_what_is_not_text_is_named(raw: bytes, kind: str) -> None:
    assert kind_of(raw, decode(raw)[0]) == kind


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("cp1252", "replace"),
        b"\x1b[31m" * 200,
        b"50%\x08\x08\x08" * 200,
        TEXT.encode() + b"\x00",
        TEXT.encode()[:-3] + b"\xff\xfe\n",
    ],
)
def test_text_in_any_state_is_text(raw: bytes) -> None:
    assert kind_of(raw, decode(raw)[0]) is None
