"""How far a scan is, with its rate and the time left."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from app.scan.files import Source
from app.scan.spread import Tick
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
        self._crashes = 0

    def __enter__(self) -> Tick:
        self._progress.start()
        return self._tick

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _tick(self, done: Done) -> None:
        """Take a task that is done."""
        self._crashes += done.tally.crashes
        self._progress.update(self._all, advance=done.task.size, crashes=self._crashes, refresh=True)
