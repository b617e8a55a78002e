"""The same scan on a Dask cluster, for archives that outgrow one machine: its workers must see the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from distributed import Client, as_completed

from app.errors import Misconfigured
from app.scan.spread import Spread
from app.scan.stop import asked
from app.scan.work import Done, Task, Work, run

PATIENCE = "20s"  # for the scheduler to answer


def by_cluster(address: str) -> Spread:
    """The tasks on the workers of the scheduler at this address."""

    def spread(tasks: Sequence[Task], work: Work) -> Iterator[Done]:
        try:
            client = Client(address, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
        except OSError as wrong:
            raise Misconfigured("no-cluster", f"There is no Dask scheduler at {address}: {wrong}") from None
        with client:
            futures = client.map(run, tasks, work=work, pure=False, retries=1)
            for future, done in as_completed(futures, loop=client.loop, with_results=True):  # type: ignore[no-untyped-call]
                future.release()
                yield done
                if asked():
                    return

    return spread
