import asyncio

import websockets


async def shop(socket):
    await socket.send("42")


async def main():
    async with websockets.serve(shop, "127.0.0.1", 0) as server:
        port = list(server.sockets)[0].getsockname()[1]
        async with websockets.connect(f"ws://127.0.0.1:{port}", extra_headers={"X-Token": "1"}) as socket:
            print(await socket.recv())


asyncio.run(main())
