import asyncio

import nest_asyncio

nest_asyncio.apply()

import uvicorn  # noqa: E402


async def app(scope, receive, send):
    pass


class Server(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.should_exit = True


async def notebook():
    Server(uvicorn.Config(app, port=0, lifespan="off")).run()


asyncio.run(notebook())
