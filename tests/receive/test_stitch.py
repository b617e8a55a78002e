"""Crashes that come in pieces are put together again, and nothing that is sent makes the memory grow without bound."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.receive.model import Record
from app.receive.stitch import BEFORE, IDLE, LONGEST, MAX_LINES, Block, Stitcher

CRASH = """\
INFO:     Started server process [7]
INFO:     Uvicorn running on http://127.0.0.1:8000
ERROR:    Exception in ASGI application
Traceback (most recent call last):
  File "/srv/app/main.py", line 3, in load
    return cfg["dsn"]
           ~~~^^^^^^^
KeyError: 'dsn'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/app/main.py", line 5, in <module>
    raise RuntimeError("no dsn") from None
RuntimeError: no dsn
""".splitlines()
CALM = [f"INFO:     GET /items/{number} 200" for number in range(200)]


def lines(texts: list[str], stream: str = "web") -> list[Record]:
    return [Record(text, stream) for text in texts]


def test_a_crash_in_single_lines_is_one_text_with_what_stood_before() -> None:
    stitcher = Stitcher()
    assert stitcher.add(lines(CRASH), 10.0) == []
    assert stitcher.due(10.0 + IDLE - 0.1) == []
    (block,) = stitcher.due(10.0 + IDLE)
    assert block.text == "\n".join(CRASH) + "\n"
    assert stitcher.due(99.0) == stitcher.flush() == []


@given(st.data())
def test_any_cutting_and_any_interleaving_gives_the_same_texts(data: st.DataObject) -> None:
    """Cut into requests anywhere, other streams between, records of one or of many lines."""
    chance = Random(data.draw(st.integers(0, 10_000)))
    streams = {name: [f"{line} #{name}" for line in CRASH] for name in ("web", "worker", "cron")}
    queues = {name: list(texts) for name, texts in streams.items()} | {"calm": list(CALM)}
    stitcher, found, now = Stitcher(), list[Block](), 0.0
    while any(queues.values()):
        request: list[Record] = []
        for _ in range(chance.randint(1, 12)):
            waiting = [name for name, queue in queues.items() if queue]
            if not waiting:
                break
            name = chance.choice(waiting)
            taken = [queues[name].pop(0) for _ in range(min(chance.randint(1, 4), len(queues[name])))]
            request += lines(["\n".join(taken)] if chance.random() < 0.3 else taken, name)
        found += stitcher.add(request, now)
        now += chance.random() * 0.01
    found += stitcher.flush()
    full = [[line for line in block.text.splitlines() if line] for block in found]
    assert sorted(full) == sorted([line for line in texts if line] for texts in streams.values())


def test_what_follows_a_joined_crash_is_no_part_of_its_message() -> None:
    """A line alone may go on with a message; a record of many lines had all of it."""
    stitcher = Stitcher()
    crash = "\n".join(CRASH[3:8])
    stitcher.add([Record(crash, "web"), Record("order 7 paid", "web")], 0.0)
    assert [block.text for block in stitcher.flush()] == [f"{crash}\n\norder 7 paid\n"]


def test_a_crash_does_not_stand_before_the_next_one() -> None:
    """What stood before it and behind it does."""
    stitcher = Stitcher()
    stitcher.add(lines([*CRASH, *CALM[:2]]), 0.0)
    assert len(stitcher.due(IDLE)) == 1
    stitcher.add(lines(['  File "a.py", line 1, in f', "ValueError: 2"]), 9.0)
    (block,) = stitcher.flush()
    assert block.text.splitlines() == [*CRASH[:3], *CALM[:2], '  File "a.py", line 1, in f', "ValueError: 2"]


def test_an_error_of_node_in_single_lines_is_one_text() -> None:
    """Its first line alone could be anybody's; it is kept as what stood before."""
    texts = ["order 7", "Error: no dsn", "    at load (/srv/app/main.js:3:11)", "    at main (/srv/app/main.js:9:3)"]
    stitcher = Stitcher()
    stitcher.add(lines(texts), 0.0)
    assert [block.text.splitlines() for block in stitcher.flush()] == [texts]


def test_a_calm_stream_is_dropped() -> None:
    stitcher = Stitcher()
    assert stitcher.add(lines(CALM), 0.0) == stitcher.flush() == []
    assert stitcher.size <= BEFORE * 40


def test_a_crash_in_a_stream_that_does_not_pause_is_handed_on() -> None:
    stitcher = Stitcher()
    (block,) = stitcher.add(lines([*CRASH, *CALM]), 0.0)
    assert block.text.startswith("\n".join(CRASH))
    stitcher.add(lines(CRASH[:4]), 0.0)
    for second in range(1, int(LONGEST)):
        assert stitcher.add(lines(['  File "a.py", line 1, in f']), float(second)) == []
    assert len(stitcher.due(LONGEST)) == 1


def test_a_line_in_parts_is_one_line() -> None:
    stitcher = Stitcher()
    stitcher.add([Record("Trace", "pod", partial=True), Record("back (most ", "pod", partial=True)], 0.0)
    stitcher.add([Record("recent call last):", "pod"), Record("KeyError: 1", "pod")], 0.0)
    assert [block.text for block in stitcher.flush()] == ["Traceback (most recent call last):\nKeyError: 1\n"]


def test_a_whole_crash_does_not_wait() -> None:
    record = Record("Traceback (most recent call last):\nKeyError: 1\n", "web", whole=True)
    assert Stitcher().add([record], 0.0) == [Block(record.text, record)]


@given(
    st.lists(
        st.builds(
            Record,
            st.text(st.sampled_from('aE \n|TracebackFile", line1Error:'), max_size=300),
            st.sampled_from([str(number) for number in range(50)]),
            partial=st.booleans(),
        ),
        max_size=300,
    )
)
def test_the_memory_is_bounded_and_counted_right(records: list[Record]) -> None:
    stitcher = Stitcher(max_streams=10, max_total=2_000)
    for record in records:
        stitcher.add([record], 0.0)
        assert stitcher.size <= 2_000
    stitcher.flush()
    assert stitcher.size >= 0


def test_ten_thousand_streams_and_an_endless_crash_are_survived() -> None:
    stitcher = Stitcher(max_streams=100)
    for number in range(10_000):
        stitcher.add([Record("Traceback (most recent call last):", str(number))], 0.0)
    assert len(stitcher.flush()) == 100
    blocks = stitcher.add(lines(['  File "a.py", line 1, in f'] * 3 * MAX_LINES, "deep"), 0.0)
    assert len(blocks) == 3


def test_a_stream_that_crashes_all_the_time_is_cut_between_crashes() -> None:
    stitcher = Stitcher()
    crash = ["ERROR:    request failed", *CRASH[3:]]
    number = 3 * MAX_LINES // len(crash)
    blocks = [*stitcher.add(lines(crash * number), 0.0), *stitcher.due(LONGEST), *stitcher.flush()]
    assert len(blocks) > 3
    begun, ended = ([block.text.count(line) for block in blocks] for line in (CRASH[4], CRASH[-1]))
    assert begun == ended
    assert sum(ended) == number
