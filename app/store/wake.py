"""How a process that waits for work learns of it: by PostgreSQL's NOTIFY, else from its own threads."""

from __future__ import annotations

import threading
import time
from typing import Any

from psycopg import Connection, OperationalError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.store.inbox import CHANNEL


class Bell:
    """Wakes one thread. With SQLite, work of another process is found by looking again after the wait."""

    def __init__(self, engine: Engine) -> None:
        """Listen at this database, from the first `wait` on."""
        self._engine = engine
        self._rung = threading.Event()
        self._listening: Connection[Any] | None = None

    def ring(self) -> None:
        """Wake the thread of this process."""
        self._rung.set()

    def wait(self, seconds: float) -> None:
        """Return when there may be work, after so many seconds at the latest."""
        if self._engine.dialect.name != "postgresql":
            self._rung.wait(seconds)
        elif not self._rung.is_set():
            self._listen(seconds)
        self._rung.clear()

    def close(self) -> None:
        """Listen no more."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    def _listen(self, seconds: float) -> None:
        try:
            if self._listening is None:
                self._listening = self._connected()
            for _ in self._listening.notifies(timeout=seconds, stop_after=1):
                pass
        except (OperationalError, SQLAlchemyError):  # restarted, or no connection free: who waits looks there anyway
            self.close()
            time.sleep(seconds)

    def _connected(self) -> Connection[Any]:
        """A connection of our own, which no pool takes back."""
        own = self._engine.raw_connection()
        connection: Connection[Any] = own.dbapi_connection  # type: ignore[assignment]  # psycopg is the only driver
        own.detach()
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}")
        return connection
