"""The processes of a scan are given all tasks, each once, and are done at about the same time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.scan.files import Kind, Source
from app.scan.parts import PART
from app.scan.spread import MOST_AT_ONCE, PACKED, loads_of, tasks_of
from app.scan.work import Task

KINDS: list[Kind] = ["plain", "packed"]
SOURCES = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 90 * PART)), max_size=12)


def weight(load: list[Task]) -> int:
    return sum(task.size * (1 if task.source.kind == "plain" else PACKED) for task in load)


@given(SOURCES, st.integers(2, 8))
def test_each_task_is_given_once_and_no_load_is_more_than_a_share_of_what_is_left(
    files: list[tuple[Kind, int]], jobs: int
) -> None:
    tasks = tasks_of(Source(number, "app.log", kind, size) for number, (kind, size) in enumerate(files))
    loads = loads_of(tasks, jobs)
    assert [task for load in loads for task in load] == tasks
    for at, load in enumerate(loads):
        left = sum(map(weight, loads[at:]))
        assert len(load) == 1 or weight(load) <= min(left / (2 * jobs), MOST_AT_ONCE)


def test_a_big_log_is_passed_on_in_few_loads_the_last_of_which_are_small() -> None:
    loads = loads_of(tasks_of([Source(0, "app.log", "plain", 64 * PART)]), 2)
    sizes = [len(load) for load in loads]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == 7
    assert sizes[-4:] == [1, 1, 1, 1]
    assert len(sizes) < 64 / 3


def test_many_small_files_are_passed_on_together() -> None:
    loads = loads_of(tasks_of(Source(number, f"{number}.log", "plain", 1_000) for number in range(10_000)), 4)
    assert len(loads) < 100
