import asyncio
import tarfile

from aiohttp import ClientSession, web

with tarfile.open("app.tar", "w") as archive:
    archive.add(__file__, "app.py")


async def store(request):
    return web.Response(text=f"{len(await request.read())} bytes stored")


async def main():
    app = web.Application()
    app.router.add_put("/", store)
    runner = web.AppRunner(app)
    await runner.setup()
    server = await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        with tarfile.open("app.tar") as archive:
            member = archive.extractfile("app.py")
            async with ClientSession() as session, session.put(f"http://{host}:{port}/", data=member) as answer:
                print(await answer.text())
    finally:
        server.close()
        await runner.cleanup()


asyncio.run(main())
