"""Logs of any size: plain, JSON lines and as Kubernetes keeps them, with few tracebacks and with many.

Up to 64 MiB are written line by line and repeated until the size is reached. Tracebacks are real, a few hundred of
them, and come as often as in a service: the first many times, the last seldom.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

MIB = 1 << 20
UNIQUE = 64 * MIB
SPARSE, DENSE = 1_000, 20  # records, one of which is a traceback
DIFFERENT = 300  # tracebacks
BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)
WORDS = (
    "{ip} - GET /orders/{n} HTTP/1.1 200 in {n} ms",
    "{ip} - POST /orders HTTP/1.1 201 in {n} ms",
    "order {n} is paid by customer {n}",
    "cache miss for key stock:{n}",
    "retrying delivery {n} in {n} s",
    "worker {n} took job {n} of queue mail",
    "query took {n} ms: SELECT id, name FROM orders WHERE id = {n}",
    "connection {n} to {ip} is closed by the other side",
)

Record = tuple[datetime, str, str, str]  # when, level, what is said, a traceback or nothing


def records(texts: Sequence[str], every: int) -> Iterator[Record]:
    """Records without an end, one of so many with a traceback."""
    chance = random.Random(every)
    chosen = list(texts[:DIFFERENT])
    weights = list(accumulate(1 / (at + 1) for at in range(len(chosen))))
    when = BEGIN
    while True:
        when += timedelta(milliseconds=chance.randrange(1, 200))
        if chance.randrange(every) == 0:
            yield (
                when,
                "ERROR",
                f"request {chance.randrange(10**6)} failed",
                chance.choices(chosen, cum_weights=weights)[0],
            )
            continue
        said = chance.choice(WORDS).format(n=chance.randrange(10**5), ip=f"10.1.{chance.randrange(250)}.7")
        yield when, "INFO", said, ""


def plain(record: Record) -> str:
    """As Python's logging writes it."""
    when, level, said, text = record
    head = f"{when:%Y-%m-%d %H:%M:%S},{when.microsecond // 1000:03} {level} [shop.web] {said}\n"
    return f"{head}{text.rstrip()}\n" if text else head


def json_line(record: Record) -> str:
    """As a formatter of JSON writes it: the traceback is a field."""
    when, level, said, text = record
    fields = {"time": when.isoformat(), "level": level, "logger": "shop.web", "message": said}
    return json.dumps(fields | ({"exc_info": text.rstrip()} if text else {})) + "\n"


def container(record: Record) -> str:
    """As a container runtime of Kubernetes keeps it: a head before each line."""
    head = f"{record[0]:%Y-%m-%dT%H:%M:%S.%f}789Z stderr F "
    return "".join(f"{head}{line}\n" for line in plain(record).splitlines())


FORMS: dict[str, Callable[[Record], str]] = {"plain": plain, "json": json_line, "kubernetes": container}


def log(folder: Path, form: str, every: int, texts: Sequence[str], size: int) -> Path:
    """A log of this form and size; its unique beginning is kept as long as the texts are the same."""
    name, made_of = f"{form}-{every}-{min(size, UNIQUE) // MIB}", zlib.crc32("".join(texts[:DIFFERENT]).encode())
    unique = folder / f"{name}-{made_of:08x}.log"
    if not unique.exists():
        for old in folder.glob(f"{name}-*.log"):
            old.unlink()
        write_unique(unique, form, every, texts, min(size, UNIQUE))
    if size <= UNIQUE:
        return unique
    whole, part = folder / f"{form}-{every}.log", unique.read_bytes()
    with whole.open("wb") as stream:
        for _ in range(-(-size // len(part))):
            stream.write(part)
    return whole


def is_unique(file: Path) -> bool:
    """Whether it is a beginning that is kept, and nothing is repeated in it."""
    return file.stem.count("-") > 1


def write_unique(file: Path, form: str, every: int, texts: Sequence[str], size: int) -> None:
    """Write the part of a log that is not repeated."""
    file.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    being = file.with_suffix(".part")
    with being.open("w") as stream:
        for record in records(texts, every):
            text = FORMS[form](record)
            stream.write(text)
            written += len(text)
            if written >= size:
                break
    being.rename(file)
