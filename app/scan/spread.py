"""A scan's tasks over the processes of this machine, or over a Dask cluster; the sum is the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread

from app.scan.files import Note, Source
from app.scan.parts import PART
from app.scan.stop import asked, obeyed
from app.scan.tally import Tally
from app.scan.work import Done, Far, Task, Work, engine, nobody, run


@dataclass(slots=True)
class Scan:
    """What a whole scan found."""

    tally: Tally = field(default_factory=Tally)
    notes: list[Note] = field(default_factory=list)
    processes: dict[int, float] = field(default_factory=dict)
    """What each process took, in seconds of CPU time, by who was done with something first."""
    tasks: int = 0
    """How many are done: fewer than there were where the scan was stopped."""


Spread = Callable[[Sequence[Task], Work], Iterator[Done]]
Tick = Callable[[Done], object]
"""Hears of each task that is done."""

MOST_AT_ONCE = 8 * PART  # bytes that a process is given at a time: some seconds at most, of which a bar is told
PACKED = 8  # times as many bytes as it has are in a packed log, about


def tasks_of(sources: Iterable[Source]) -> list[Task]:
    """The sources as tasks, those of big files in parts: all processes are done at about the same time then."""
    return [task for source in sources for task in _tasks(source)]


def _tasks(source: Source) -> Iterator[Task]:
    if source.kind != "plain":
        yield Task(source)
        return
    for part in range(-(-source.size // PART)):
        yield Task(source, part, part + 1)


def added_up(results: Iterable[Done], notes: Sequence[Note], tick: Tick) -> Scan:
    """All results as one, whatever the order they come in."""
    scan = Scan(notes=list(notes))
    for done in results:
        scan.tally.merge(done.tally)
        scan.notes += done.notes
        scan.tasks += 1
        scan.processes[done.process] = scan.processes.get(done.process, 0.0) + done.tally.cost.cpu_seconds
        tick(done)
    scan.notes.sort(key=lambda note: (note.name, note.text))
    return scan


def here(tasks: Sequence[Task], work: Work, far: Far = nobody) -> Iterator[Done]:
    """One after the other, in this process."""
    return (run(task, work, far) for task in tasks if not asked())


def by_processes(jobs: int) -> Spread:
    """So many tasks at a time, each in a process of its own; standard input stays in this one."""

    def spread(tasks: Sequence[Task], work: Work) -> Iterator[Done]:
        fork = "fork" in get_all_start_methods()
        mine = [task for task in tasks if task.source.kind == "input"]
        theirs = [task for task in tasks if task.source.kind != "input"]
        if fork:
            engine(work.signatures, work.cache)  # shared by all processes that are forked
        pool = _pool(jobs, "fork" if fork else "spawn")
        try:
            futures = {pool.submit(_run_all, load, work): load for load in loads_of(theirs, jobs)}
            yield from here(mine, work)
            broken = yield from _finished(futures)
        finally:  # a scan that is stopped begins none of the tasks that are left
            pool.shutdown(cancel_futures=True)
        yield from (_once_more(task, work) for task in broken if not asked())

    return spread


def loads_of(tasks: Sequence[Task], jobs: int) -> list[list[Task]]:
    """The tasks as a process takes them: many at first, few at the end, so that all are done at about the same time.

    What came of them is passed on together, and what is said of a crash only once. Shares of what is left are
    guided self-scheduling (Polychronopoulos and Kuck, 1987).
    """
    sizes = [task.size if task.source.kind == "plain" else task.size * PACKED for task in tasks]
    left, full, loads = sum(sizes), 0, list[list[Task]]()
    for task, size in zip(tasks, sizes, strict=True):
        if not loads or full + size >= min(left // (2 * jobs), MOST_AT_ONCE):
            left, full = left - full, 0
            loads.append([])
        loads[-1].append(task)
        full += size
    return loads


def _run_all(tasks: Sequence[Task], work: Work) -> list[Done]:
    return list(here(tasks, work))


def _pool(jobs: int, method: str) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, mp_context=get_context(method), initializer=_begin)


def _begin() -> None:
    """What a process does first: it hears Ctrl-C, and ends with its parent.

    A scan that is killed leaves no process behind: it would wait for tasks for ever.
    """
    obeyed()

    def wait(parent: BaseProcess) -> None:
        parent.join()
        os._exit(1)

    parent = parent_process()
    if parent is not None:
        Thread(target=wait, args=(parent,), daemon=True).start()


def _finished(futures: dict[Future[list[Done]], list[Task]]) -> Generator[Done, None, list[Task]]:
    """The results as they come; returns the tasks whose process died."""
    broken: list[Task] = []
    for future in _completed(futures):
        try:
            yield from future.result()
        except BrokenProcessPool:
            broken += futures[future]
    return broken


def _completed(futures: Iterable[Future[list[Done]]]) -> Iterator[Future[list[Done]]]:
    """Each when it is; after a stop only those that were begun."""
    left = set(futures)
    for future in as_completed(futures):
        left.remove(future)
        yield future
        if asked():
            break
    yield from as_completed([one for one in left if not one.cancel()])


def _once_more(task: Task, work: Work) -> Done:
    """A task whose process died, or that of another: alone."""
    with _pool(1, "spawn") as pool:
        try:
            return pool.submit(run, task, work).result()
        except BrokenProcessPool:
            return Done(task, Tally(), [Note(task.source.name, "could not be scanned: the process that did so died")])
