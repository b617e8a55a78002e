"""What waits in the database comes out as it went in, and a stitcher that is killed is followed by one that goes on."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.receive.model import Record
from app.receive.packing import block_in, held_in, pack_block, pack_held, pack_records, records_in
from app.receive.stitch import Block, Stitcher

text = st.text(st.characters(), max_size=40)  # also NUL and halves of surrogate pairs
records = st.builds(
    Record,
    text,
    text,
    service=st.none() | text,
    release=st.none() | text,
    time=st.none() | st.floats(allow_nan=False),
    partial=st.booleans(),
    key=st.none() | text,
    packages=st.dictionaries(text, text, max_size=3),
)
CRASH = """\
INFO:     Uvicorn running on http://127.0.0.1:8000
Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in load
    return cfg["dsn"]
KeyError: 'dsn'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/app/main.py", line 5, in <module>
    raise RuntimeError("no dsn") from None
RuntimeError: no dsn
""".splitlines()


@given(st.lists(records, max_size=5))
def test_records_come_out_as_they_went_in(given: list[Record]) -> None:
    """But that their streams are told apart from another source's and another service's."""
    found = records_in(pack_records(given), "shop")
    assert [one.stream for one in found] == [f"shop\n{one.service or ''}\n{one.stream}" for one in given]
    assert [one.text for one in found] == [one.text for one in given]
    assert [(one.service, one.time, one.partial, one.key, one.packages) for one in found] == [
        (one.service, one.time, one.partial, one.key, one.packages) for one in given
    ]


@given(text, records)
def test_a_crash_comes_out_as_it_went_in(crash: str, record: Record) -> None:
    found = block_in(pack_block(Block(crash, record)))
    assert (found.text, found.record.stream, found.record.packages) == (crash, record.stream, record.packages)


@given(st.integers(0, 10_000))
def test_a_stitcher_killed_at_any_moment_is_followed_by_one_that_goes_on(seed: int) -> None:
    """What is handed on are the same crashes, from their first line to their last, each once."""
    chance = Random(seed)
    queues = {name: [f"{line} #{name}" for line in CRASH] for name in ("web", "worker", "cron")}
    wanted = sorted("\n".join(lines[1:]) for lines in queues.values())
    stitcher, kept, found = Stitcher(), dict[str, bytes](), list[Block]()
    while any(queues.values()):
        if chance.random() < 0.2:  # killed: what it had in memory is gone
            stitcher = Stitcher()
            for body in kept.values():
                stitcher.restore(*held_in(body), 0.0)
        name = chance.choice([name for name, queue in queues.items() if queue])
        lines = [queues[name].pop(0) for _ in range(min(chance.randint(1, 4), len(queues[name])))]
        found += stitcher.add([Record(line, name) for line in lines], 0.0)
        for stream, held in stitcher.changes().items():
            if held is None:
                kept.pop(stream, None)
            else:
                kept[stream] = pack_held(stream, held)
    found += stitcher.flush()
    assert sorted(block.text[block.text.index("Traceback") :].rstrip("\n") for block in found) == wanted
    assert set(stitcher.changes().values()) == {None}


def test_half_a_line_outlives_the_stitcher() -> None:
    first = Stitcher()
    first.add([Record("Traceback (most ", "pod", partial=True)], 0.0)
    ((name, held),) = first.changes().items()
    assert held is not None
    second = Stitcher()
    second.restore(*held_in(pack_held(name, held)), 0.0)
    second.add([Record("recent call last):", "pod"), Record("KeyError: 1", "pod")], 0.0)
    assert [block.text for block in second.flush()] == ["Traceback (most recent call last):\nKeyError: 1\n"]
