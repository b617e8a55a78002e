"""Servers and workers by the dozen: everything is imported once, and each command on standard input forks one.

`serve PORT` and `work` print the number of the new process. It is a process like any other: killed, it is gone with all
that it had in memory. `python forks.py DATABASE_URL SIGNATURES`
"""

import os
import signal
import sys
from pathlib import Path

import uvicorn

from app.diagnosis.candidates import build_index
from app.inbox.drain import Drain
from app.main import create_app
from app.settings import Settings
from app.store.database import connect, session_factory
from app.store.shelf import load_book
from app.store.wake import Bell

URL, SIGNATURES = sys.argv[1], Path(sys.argv[2])


def serve(port: int) -> None:
    app = create_app(Settings(database_url=URL, signatures=SIGNATURES, port=port))
    uvicorn.run(app, port=port, log_level="critical")


def work() -> None:
    engine = connect(URL)
    Drain(session_factory(engine), build_index(load_book(SIGNATURES)), Bell(engine)).run()


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried at once
    for line in sys.stdin:
        command, *rest = line.split()
        child = os.fork()
        if not child:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if command == "serve":
                serve(int(rest[0]))
            else:
                work()
            os._exit(0)
        print(child, flush=True)
