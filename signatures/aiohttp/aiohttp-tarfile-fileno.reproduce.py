import asyncio
import tarfile

from aiohttp import ClientSession, web

with tarfile.open("app.tar", "w") as archive:
    archive.add(__file__, "app.py")


async def store(request):
    return web.Response(text=f"{len(await request.read())} bytes stored\n")


async def main():
    app = web.Application()
    app.router.add_put("/", store)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    try:
        with tarfile.open("app.tar") as archive:
            member = archive.extractfile("app.py")
            async with ClientSession() as session, session.put(f"http://{host}:{port}/", data=member) as answer:
                print(await answer.text())
    finally:
        await runner.cleanup()


asyncio.run(main())
