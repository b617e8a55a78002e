"""A scan finds every crash in whatever lies on a disk, says the same as a paste of it would, and counts each once."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import pytest
import zstandard

from app.crash.model import Report
from app.crash.text import read as read_report
from app.crash.traceback import parse
from app.scan import parts, work
from app.scan.files import listed
from app.scan.haystack import Haystack
from app.scan.part import COMPLETE, ONLY_HEADER, Memory, Where, scan_part
from app.scan.read import Answer, Reading, read, report_of
from app.scan.spread import Scan, added_up, by_processes, here, tasks_of
from app.scan.stop import heard
from app.scan.tally import Tally
from app.scan.work import Work, engine, run
from app.settings import shipped
from bench import logs

ROOT = Path(__file__).parents[2]
HEADER = "Traceback (most recent call last):"
FOUNDING = (ROOT / "signatures/uvicorn/uvicorn-1317.match.cli-two-workers.txt").read_text()
CRASH = f'{HEADER}\n  File "/srv/shop/app.py", line 12, in main\n    run()\nValueError: no price\n'
WORK = Work(shipped("signatures"), None, COMPLETE)


def scanned(*paths: Path | str, words: Sequence[bytes] = COMPLETE, jobs: int = 1) -> Scan:
    sources, notes = listed([str(path) for path in paths])
    spread = by_processes(jobs) if jobs > 1 else here
    return added_up(spread(tasks_of(sources), Work(WORK.signatures, None, tuple(words))), notes, lambda _: None)


def counts(scan: Scan) -> Counter[tuple[str, str]]:
    return Counter({key: group.count for key, group in scan.tally.groups.items()})


def tracebacks() -> list[str]:
    """Real tracebacks of the standard form, each once, without what stands around them."""
    found: dict[str, None] = {}
    for file in sorted([*ROOT.glob("signatures/*/*.match.*.txt"), *ROOT.glob("tests/golden/*.txt")]):
        text = file.read_text(errors="replace")
        text = text[text.find("\n" + HEADER) + 1 :]
        lines = text.split("\n")
        report = read_report(text.encode())
        crashes = parse(report)
        if crashes and text.startswith(HEADER) and len(report.lines) == len(lines) < 80 and "\r" not in text:
            own = "\n".join(lines[: crashes[0].last_line]) + "\n"
            if not crashes[0].truncated and len(parse(read_report(own.encode()))) == 1:
                found[own] = None
    return list(found)


def ordinary(chance: random.Random) -> str:
    return f"2026-11-22 10:00:{chance.randrange(60):02} INFO shop.web request {chance.randrange(10**6)} took 12 ms"


def in_lines(texts: list[str], chance: random.Random) -> str:
    return "\n".join(line for text in texts for line in [*_before(chance), text.removesuffix("\n")]) + "\n"


def in_json(texts: list[str], chance: random.Random) -> str:
    records = [
        record
        for text in texts
        for record in [
            *({"ts": 1, "msg": line} for line in _before(chance)),
            {"ts": 2, "msg": "failed", "exc_info": text},
        ]
    ]
    return "".join(json.dumps(record) + "\n" for record in records)


def in_containers(texts: list[str], chance: random.Random) -> str:
    stamp = "2026-11-22T10:00:00.{:09}Z {} F "
    return "".join(
        stamp.format(chance.randrange(10**9), "stderr" if line in text.split("\n") else "stdout") + line + "\n"
        for text in texts
        for line in [*_before(chance), *text.removesuffix("\n").split("\n")]
    )


def _before(chance: random.Random) -> list[str]:
    lines = [ordinary(chance) for _ in range(chance.randrange(1, 12))]
    return [*lines, "INFO: Uvicorn running on http://127.0.0.1:8000"] if chance.random() < 0.2 else lines


@pytest.mark.parametrize("written", [in_lines, in_json, in_containers])
@pytest.mark.parametrize("words", [ONLY_HEADER, COMPLETE], ids=["headers", "everything"])
def test_what_is_known_again_is_what_reading_it_again_would_say(
    written: Callable[[list[str], random.Random], str],
    words: Sequence[bytes],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    chance = random.Random(1)
    some = chance.sample(tracebacks(), 40)
    file = tmp_path / "app.log"
    file.write_text(written([chance.choice(some) for _ in range(150)], chance))
    work.engine.cache_clear()
    remembering = scanned(file, words=words)
    assert remembering.tally.cost.remembered > 30
    monkeypatch.setattr(Memory, "get", lambda *_: None)
    again = scanned(file, words=words)
    assert again.tally.cost.remembered == 0
    assert counts(remembering) == counts(again)
    assert remembering.tally.crashes == 150
    for key, group in again.tally.groups.items():
        known = remembering.tally.groups[key]
        assert (known.answer.confidence, known.versions) == (group.answer.confidence, group.versions)


def test_a_name_above_a_known_stack_is_read_each_time(tmp_path: Path) -> None:
    """AWS Lambda prints the exception above: the same stack may come with another one."""
    stack = CRASH.rpartition("ValueError")[0]
    named = [f"[ERROR] {said}\n{stack}" for said in ("KeyError: 'name'", "ValueError: no price\nfor it", "shop.Broken")]
    file = tmp_path / "app.log"
    quiet = "2026-11-22T10:00:00 INFO all is well\n" * 500
    file.write_text("".join(f"{quiet}{named[at % 3]}" for at in range(30)))
    work.engine.cache_clear()
    scan = scanned(file)
    said = sorted((one.answer.exception, one.count) for one in scan.tally.groups.values())
    assert said == [("KeyError", 10), ("ValueError", 10), ("shop.Broken", 10)]
    assert scan.tally.cost.remembered > 15


def test_a_scan_finds_what_a_paste_of_the_whole_log_holds(tmp_path: Path) -> None:
    chance = random.Random(2)
    text = in_lines(chance.sample(tracebacks(), 60), chance)
    file = tmp_path / "app.log"
    file.write_text(text)
    pasted = parse(report_of(text.encode()))
    scan = scanned(file)
    assert scan.tally.crashes == len(pasted) == 60
    found = Counter(
        {
            (group.answer.exception, group.answer.fingerprint)
            for group in scan.tally.groups.values()
            if group.answer.fingerprint
        }
    )
    assert {name for name, _ in found} <= {one.raised.type for one in pasted}


def test_log_lines_around_a_crash_are_evidence_each_time(tmp_path: Path) -> None:
    """The same traceback is a known bug below a line that names Uvicorn, and only perhaps elsewhere."""
    bare = FOUNDING[FOUNDING.index(HEADER) :].rstrip("\n")
    chance = random.Random(3)
    quiet = "\n".join(ordinary(chance) for _ in range(60))
    log = "\n".join([FOUNDING.rstrip("\n"), quiet, bare, quiet, FOUNDING.rstrip("\n"), quiet, bare, quiet, ""])
    file = tmp_path / "app.log"
    file.write_text(log)
    found = counts(scanned(file))
    assert found["match", "uvicorn-1317"] == 2
    assert sum(found.values()) == 4
    assert len(found) == 2


@pytest.mark.parametrize(
    "line",
    [
        "Python 3.8.10 (default, Nov 26 2021, 20:14:08)",
        "numpy-1.26.4-cp38-cp38-win_amd64.whl",
        "/root/.local/share/uv/python/cpython-3.8.9-linux-x86_64-gnu/bin",
        r"C:\Python38\python.exe app.py",
    ],
)
def test_a_version_is_heard_in_whatever_words_a_line_says_it(line: str, tmp_path: Path) -> None:
    """A Python that still has `distutils` has not lost it, however the same traceback was judged elsewhere."""
    bare = f'{HEADER}\n  File "app.py", line 1, in <module>\n    import distutils\n'
    bare += "ModuleNotFoundError: No module named 'distutils'\n"
    quiet = "".join(f"{ordinary(random.Random(3))}\n" for _ in range(100))
    file = tmp_path / "app.log"
    file.write_text(f"{quiet}{bare}{quiet}{line}\n{bare}{quiet}")
    found = counts(scanned(file))
    assert found["maybe", "cpython-distutils-removed"] == 1
    assert sum(count for (verdict, _), count in found.items() if verdict == "none") == 1


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("packed", PACKERS)
def test_a_compressed_log_is_read_whatever_its_name_and_however_many_members(packed: str, tmp_path: Path) -> None:
    pack = PACKERS[packed]
    (tmp_path / "app.log.1").write_bytes(pack(CRASH.encode()) + pack(FOUNDING.encode()))
    scan = scanned(tmp_path)
    assert not scan.notes
    assert scan.tally.crashes == 2


@pytest.mark.parametrize("packed", PACKERS)
def test_a_damaged_log_is_read_up_to_the_damage_and_said(packed: str, tmp_path: Path) -> None:
    chance = random.Random(4)
    text = CRASH + "\n".join(ordinary(chance) for _ in range(20_000))
    raw = PACKERS[packed](text.encode())
    (tmp_path / "a.log").write_bytes(raw[: len(raw) * 3 // 4])
    (tmp_path / "b.log").write_text(CRASH)
    scan = scanned(tmp_path)
    assert scan.tally.crashes == 2
    assert [note.lost for note in scan.notes] == [True]
    assert "can't be read any further" in scan.notes[0].text


def test_what_is_no_log_is_said_and_aborts_nothing(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(CRASH)
    (tmp_path / "again.log").hardlink_to(tmp_path / "app.log")
    (tmp_path / "empty.log").touch()
    (tmp_path / "nowhere.log").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n" + os.urandom(1000))
    (tmp_path / "noise").write_bytes(
        random.Random(5).randbytes(300_000) + b"Traceback (most recent call last)" + bytes(99)
    )
    (tmp_path / "system.journal").write_bytes(b"LPKSHHRH" + bytes(300))
    scan = scanned(tmp_path, "/no/such/file", "-x*")
    assert scan.tally.crashes == 1
    said = {Path(note.name).name: note.text for note in scan.notes}
    assert said["nowhere.log"] == "is a link to nowhere"
    assert "standard input" in said["pipe"]
    assert said["picture.png"] == "is a PNG image, no log"
    assert said["file"] == said["-x*"] == "there is no such file"
    assert said["noise"] == "holds binary data; it was searched all the same"
    assert "journalctl -o export" in said["system.journal"]
    assert set(said) == {"nowhere.log", "pipe", "picture.png", "noise", "system.journal", "file", "-x*"}
    lost = {Path(note.name).name for note in scan.notes if note.lost}
    assert lost == {"nowhere.log", "pipe", "system.journal", "file", "-x*"}


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_scan_that_is_stopped_says_what_it_found(jobs: int, tmp_path: Path) -> None:
    """What was begun is finished, nothing more is begun; a second Ctrl-C ends it at once."""
    for number in range(40):
        (tmp_path / f"{number}.log").write_text("".join(CRASH.replace("main", f"main{at}") for at in range(200)))
    tasks = tasks_of(listed([str(tmp_path)])[0])
    spread = by_processes(jobs) if jobs > 1 else here
    stops = iter([interrupt])
    with heard():
        scan = added_up(spread(tasks, WORK), [], lambda _: next(stops, int)())
        assert 1 <= scan.tasks < len(tasks)
        assert scan.tally.crashes == 200 * scan.tasks
        with pytest.raises(KeyboardInterrupt):
            interrupt()


@pytest.mark.parametrize("packed", ["gz", "tar", "zip"])
def test_how_far_it_is_in_one_big_file_is_told(packed: str, tmp_path: Path) -> None:
    mixed = "".join(f"INFO {line.hex()}\n" for line in random.Random(7).randbytes(1 << 19).splitlines())
    log = CRASH + mixed * 36  # three parts
    file = tmp_path / "logs" / f"app.{packed}"
    file.parent.mkdir()
    if packed == "gz":
        file.write_bytes(gzip.compress(log.encode(), 1))
    else:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "app.log").write_text(log)
        shutil.make_archive(str(file.with_suffix("")), packed, tmp_path / "in")
    [task] = tasks_of(listed([str(file)])[0])
    told: list[tuple[int, int]] = []
    run(task, WORK, lambda done, at: told.append((at, done.tally.crashes)))
    places = [at for at, _ in told]
    assert places == sorted(places)
    assert 0 < places[0] < places[-1] <= task.source.size
    assert {crashes for _, crashes in told} == {1}


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_a_file_that_is_cut_off_while_it_is_scanned_is_said(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_text(CRASH * 3)
    sources, _ = listed([str(file)])
    file.write_text(CRASH)
    (done,) = here(tasks_of(sources), WORK)
    assert done.tally.crashes == 1
    assert "was cut off" in done.notes[0].text
    assert done.notes[0].lost


def test_a_file_that_grows_is_scanned_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_text(CRASH)
    sources, _ = listed([str(file)])
    file.write_text(CRASH * 3)
    (done,) = here(tasks_of(sources), WORK)
    assert done.tally.crashes == 1
    assert not done.notes[0].lost


@pytest.mark.parametrize("kind", ["plain", "gz"])
def test_no_crash_is_lost_or_counted_twice_where_a_log_is_cut(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Parts of 40 KB: several cuts, some in the middle of a traceback if they were made anywhere."""
    chance = random.Random(6)
    some = tracebacks()
    texts = [chance.choice(some) for _ in range(100)]
    raw = in_lines(texts, chance).encode()
    file = tmp_path / "app.log"
    file.write_bytes(gzip.compress(raw) if kind == "gz" else raw)
    whole = scanned(file)
    for module in (parts, work):
        monkeypatch.setattr(module, "PART", 40_000)
    monkeypatch.setattr("app.scan.spread.PART", 40_000)
    cut = scanned(file)
    assert cut.tally.crashes == whole.tally.crashes == 100


CHAIN = f"{CRASH}\nDuring handling of the above exception, another exception occurred:\n\n{CRASH}"
GROUP = "\n".join(
    [
        "  + Exception Group Traceback (most recent call last):",
        '  |   File "/srv/shop/app.py", line 12, in main',
        "  |     run()",
        "  | ExceptionGroup: two things (2 sub-exceptions)",
        "  +-+---------------- 1 ----------------",
        *(f"    | {line}" for line in CRASH.splitlines()),
        "    +---------------- 2 ----------------",
        *(f"    | {line}" for line in CRASH.splitlines()),
        "    +------------------------------------\n",
    ]
)


@pytest.mark.parametrize("form", logs.FORMS)
def test_each_crash_of_a_log_is_counted_once_however_many_headers_it_has(form: str, tmp_path: Path) -> None:
    """So there are fewer crashes than lines with a header, as ripgrep counts them."""
    made = list(islice(logs.records([CRASH, CHAIN, GROUP, *tracebacks()[:20]], 20), 3_000))
    (tmp_path / "a.log").write_text("".join(logs.FORMS[form](record) for record in made))
    found = scanned(tmp_path).tally
    assert found.crashes == found.cost.blocks == sum(bool(text) for *_, text in made) > 100
    assert sum(text.count(HEADER) for *_, text in made) > found.crashes


@pytest.mark.parametrize("written", [in_lines, in_json, in_containers])
def test_a_log_is_cut_between_crashes_that_it_need_not_read(
    written: Callable[[list[str], random.Random], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unread(_: bytes) -> None:
        raise AssertionError("read to find a cut")

    chance = random.Random(8)
    monkeypatch.setattr(parts, "_crashes", unread)
    texts = chance.sample(tracebacks(), 40)
    calm = "".join(written([ordinary(chance)], chance) for _ in range(12))
    raw = calm.join(written([text], chance) for text in texts).encode()
    for at in range(20_000, len(raw) - 60_000, 15_000):
        place = at + parts.cut(lambda before, behind, at=at: raw[at - before : at + behind])  # type: ignore[misc]
        (tmp_path / "a.log").write_bytes(raw[:place])
        (tmp_path / "b.log").write_bytes(raw[place:])
        assert scanned(tmp_path).tally.crashes == 40


def test_processes_find_what_one_finds(tmp_path: Path) -> None:
    chance = random.Random(7)
    for number in range(3):
        (tmp_path / f"{number}.log").write_text(in_lines(chance.sample(tracebacks(), 20), chance))
    one, two = scanned(tmp_path), scanned(tmp_path, jobs=2)
    assert counts(one) == counts(two)
    assert [group.answer for group in one.tally.ranked()] == [group.answer for group in two.tally.ranked()]


FORMS = {
    "headless": '  File "/srv/shop/app.py", line 12, in main\n    run()\nValueError: no price\n',
    "syntax error": "  File \"/srv/shop/app.py\", line 12\n    if x\n        ^\nSyntaxError: expected ':'\n",
    "pytest": (ROOT / "tests/golden/pytest-long.txt").read_text(),
    "faulthandler": 'Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f10870f3b80 (most recent call first):\n  File "/srv/shop/app.py", line 12 in main\n',
    "one line": repr(CRASH) + "\n",
    "a name alone": "10:00:00 ERROR [shop] shop.errors.PriceError: not a price\n",
    "Node.js": "Error: shop has no dsn\n    at pay (/srv/shop/orders.js:7:13)\n    at main (/srv/shop/app.js:1:1)\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_crash_without_a_header_is_found_as_in_a_paste(form: str, tmp_path: Path) -> None:
    chance = random.Random(8)
    around = "\n".join(ordinary(chance) for _ in range(40)) + "\n"
    file = tmp_path / "app.log"
    file.write_text(around + FORMS[form] + around)
    pasted = parse(read_report(FORMS[form].encode()))
    assert scanned(file).tally.crashes == len(pasted) > 0


def test_first_and_last_time_are_those_of_the_lines(tmp_path: Path) -> None:
    early, late = "2026-11-01T08:00:00+01:00 ERROR failed\n", "2026-11-22 10:30:00,123 ERROR failed\n"
    (tmp_path / "a.log").write_text(late + CRASH + late + CRASH)
    (tmp_path / "b.log").write_text(early + CRASH)
    (group,) = scanned(tmp_path).tally.groups.values()
    assert group.count == 3
    assert (group.first, group.last) == (1793516400.0, 1795343400.0)


def test_secrets_are_in_nothing_that_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_text(
        CRASH.replace("no price", "password=hunter2secret for ann@example.org").replace("/srv", "/home/ann")
    )
    (group,) = scanned(file).tally.groups.values()
    shown = json.dumps([group.answer.example, group.answer.message])
    assert "hunter2" not in shown
    assert "ann@" not in shown
    assert "/home/ann" not in shown


@pytest.mark.parametrize(
    "end", [b"x", b"x" * 5_000_000, b"\0" * 5_000_000, b"\n" * 1_000_000, b'{"a": "' + b"\\n" * 500_000]
)
def test_lines_of_any_length_are_passed(end: bytes, tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_bytes(b"x" * 3_000_000 + b"\n" + CRASH.encode() + b"2026-11-22 10:00:00 INFO " + end)
    assert scanned(file).tally.crashes == 1


@pytest.mark.parametrize(
    "line",
    [
        HEADER + "\n",
        '  File "a", line 1, in f\n2026-11-22\n',
        "ValueError: a\n",
        "Error: File , line 1" * 9,
        "Exception Type: PriceError at /cart/\nException Value: two\n",
    ],
)
def test_hostile_text_takes_linear_time(line: str, linear: Callable[[Callable[[int], object]], None]) -> None:
    index = engine(WORK.signatures, None)[0]

    def scan(size: int) -> None:
        raw = bytearray((line * (20_000 // len(line) * size)).encode())
        hay = Haystack(raw, len(raw))
        where = Where(0, "x", 2026)
        scan_part(hay, 0, len(raw), offset=0, where=where, words=COMPLETE, index=index, memory=Memory(), tally=Tally())

    linear(scan)


def test_a_log_of_crashes_alone_is_read_less_than_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counted(raw: bytes, *block: int) -> Reading:
        sizes.append(len(raw))
        return read(raw, *block)

    monkeypatch.setattr("app.scan.part.read", counted)
    raw = bytearray(b'Traceback:\nFile "x" in y\n  1. z\n' * 15_000)
    index, where, tally = engine(WORK.signatures, None)[0], Where(0, "x", 2026), Tally()
    hay = Haystack(raw, len(raw))
    scan_part(hay, 0, len(raw), offset=0, where=where, words=COMPLETE, index=index, memory=Memory(), tally=tally)
    assert tally.crashes == 15_000
    assert sum(sizes) < 2 * len(raw)


def test_where_a_cut_would_tear_a_crash_only_what_is_above_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counted(raw: bytes) -> Report:
        sizes.append(len(raw))
        return report_of(raw)

    monkeypatch.setattr(parts, "report_of", counted)
    near = b"E   x\n>   y\n    z\n" * 1_000
    assert parts.safe_place(near, len(near) // 2) is None
    assert sum(sizes) < 4 * len(near)  # all of it, and of each place that is tried what is above


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    """A log of 1 GiB, most of it a hole as a truncated log has one, in 600 MiB of address space."""
    file = tmp_path / "app.log"
    with file.open("wb") as log:
        log.truncate(1 << 30)
        log.seek(0, os.SEEK_END)
        log.write(b"\n" + CRASH.encode())
    os.utime(file, (0, 0))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))

    command = [sys.executable, "-P", "-m", "app.cli", "scan", "--look-for", "headers", "--json", str(file)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=limit, env=env)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["crashes"] == 1


QUIET = "2026-11-22 10:00:00 INFO shop.web request took 12 ms\n"
LONG_QUIET = QUIET * 100  # more than is read with a crash


def answers(log: bytes) -> list[tuple[str, ...]]:
    """What is said of each crash of a log, in order."""
    told: list[tuple[str, ...]] = []

    class Listed(Tally):
        def add(self, answer: Answer, *_: object) -> None:
            told.append((answer.exception, answer.message, answer.verdict, answer.signature or ""))

    where, (index, _) = Where(0, "app.log", 2026), work.engine(WORK.signatures, WORK.cache)
    hay, log_of = Haystack(log, len(log)), Listed()
    scan_part(hay, 0, len(log), offset=0, where=where, words=COMPLETE, index=index, memory=Memory(), tally=log_of)
    return told


OTHER = ["E   AssertionError: sums differ\n", FORMS["Node.js"]]


@pytest.mark.parametrize("other", OTHER, ids=["pytest", "Node.js"])
def test_a_crash_near_another_one_is_counted_once(other: str) -> None:
    """Both are read together, since the second has no header and no place that would tell it before."""
    for log in (CRASH + QUIET + other + LONG_QUIET, other + QUIET + CRASH + LONG_QUIET):
        assert sorted(name for name, *_ in answers((log * 3).encode())) == sorted(
            name for name, *_ in answers((CRASH + LONG_QUIET + other + LONG_QUIET).encode()) for _ in range(3)
        )


MISSING = f'{HEADER}\n  File "app.py", line 1, in <module>\n    import distutils\n'
MISSING += "ModuleNotFoundError: No module named 'distutils'\n"
SAID = [f"Python {version} (default, Nov 26 2024, 20:14:08)" for version in ("3.12.10", "3.11.10")]


def test_what_is_known_again_takes_no_more_memory_than_it_may() -> None:
    """Crashes whose messages name an order or a customer are all different, and many are short."""
    long = CRASH.replace("no price", "no price of {}, " + "but much is said of it " * 60)
    log = "".join(QUIET + text.format(at) for at in range(200) for text in (CRASH.replace("no price", "{}"), long))
    hay, where, index = Haystack(log.encode(), len(log)), Where(0, "app.log", 2026), engine(WORK.signatures, None)[0]
    most = 1 << 19
    tracemalloc.start()
    memory = Memory(most)
    scan_part(hay, 0, len(log), offset=0, where=where, words=COMPLETE, index=index, memory=memory, tally=Tally())
    before, _ = tracemalloc.get_traced_memory()
    del memory
    taken = before - tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert most / 2 < taken < 1.2 * most


LINES = {
    "another field": [json.dumps({"ts": 1, "msg": said, "exc_info": MISSING}) for said in SAID],
    "the same field": [json.dumps({"ts": 1, "text": f"{said}\n{MISSING}"}) for said in SAID],
    "before the quote": [f"{said} ERROR {json.dumps(MISSING)}" for said in SAID],
    "before the name": [f"{said} {MISSING.splitlines()[-1]}" for said in SAID],
}


@pytest.mark.parametrize("line", LINES)
def test_what_stands_beside_a_known_crash_on_its_own_line_is_heard(line: str) -> None:
    """Python 3.12 has lost `distutils`, 3.11 has not: the same crash is known again, but not what is said of it."""
    one, other = LINES[line]
    for first, second in ((one, other), (other, one)):
        alone = [answers(f"{LONG_QUIET}{line}\n".encode()) for line in (first, second)]
        assert alone[0] != alone[1]
        assert answers(f"{LONG_QUIET}{first}\n{LONG_QUIET}{second}\n".encode()) == [*alone[0], *alone[1]]


HOLES = {"zeros": bytes(300), "noise": bytes(range(256)) * 4 + b"\n", "UTF-16": "\ufeffstarted\n".encode("utf-16-le")}


@pytest.mark.parametrize("hole", HOLES)
@pytest.mark.parametrize("crash", [CRASH, json.dumps({"msg": CRASH}) + "\n"], ids=["lines", "a record"])
def test_what_is_no_text_hides_no_crash_beside_it(hole: str, crash: str) -> None:
    """A log that was emptied while a program wrote it begins with zeros, right before the next line."""
    after = f"{crash}{LONG_QUIET}{crash}".encode()
    assert [name for name, *_ in answers(HOLES[hole] + after)] == ["ValueError"] * 2
    assert [name for name, *_ in answers(after + HOLES[hole] + after)] == ["ValueError"] * 4
