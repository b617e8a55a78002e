import os
import signal
from threading import Timer

import uvicorn


async def app(scope, receive, send):
    pass


def stop():
    os.remove("app.sock")
    os.kill(os.getpid(), signal.SIGINT)


Timer(2, stop).start()
uvicorn.run(app, uds="app.sock")
