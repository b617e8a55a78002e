import asyncio

from aiohttp import web


async def main():
    late = asyncio.Event()

    async def socket(request):
        await late.wait()
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        return answer

    app = web.Application()
    app.router.add_get("/", socket)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0])
    writer.write(
        b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await asyncio.sleep(0.3)
    writer.close()
    await asyncio.sleep(0.3)
    late.set()
    await asyncio.sleep(0.3)
    await runner.cleanup()


asyncio.run(main())
