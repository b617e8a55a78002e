import asyncio

from aiohttp import web


async def main():
    async def page(request):
        return web.Response(text=request.cookies.get("session", "none"))

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\nCookie: session=1; a{b}=2\r\nConnection: close\r\n\r\n")
    print((await reader.read()).splitlines()[0])
    writer.close()
    await runner.cleanup()


asyncio.run(main())
