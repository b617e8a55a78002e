"""How far a scan is, with its rate and the time left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from app.scan.files import Source
from app.scan.work import Done


class Bar:
    """Drawn on standard error, and wiped off at the end."""

    def __init__(self, sources: Sequence[Source]) -> None:
        """Begin with nothing scanned of these."""
        # drawn when there is news: a thread that draws would be copied into the processes that are forked
        self._progress = Progress(
            BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
            TextColumn("{task.fields[crashes]:,} crashes"),
            console=Console(stderr=True), auto_refresh=False, transient=True,
        )  # fmt: skip
        self._all = self._progress.add_task("", total=sum(one.size for one in sources) or None, crashes=0)
        self._bytes = self._crashes = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tick(self, done: Done) -> None:
        """Take a task that is done."""
        self._bytes += done.task.size
        self._crashes += done.tally.crashes
        self._draw(self._bytes, self._crashes)

    def far(self, done: Done, at: int) -> None:
        """Take how far the task that is being done is in its file, for one that is all of it."""
        if done.task.last is None:
            self._draw(self._bytes + at, self._crashes + done.tally.crashes)

    def _draw(self, read: int, crashes: int) -> None:
        self._progress.update(self._all, completed=read, crashes=crashes, refresh=True)
