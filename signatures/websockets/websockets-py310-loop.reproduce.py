import asyncio

import websockets


async def shop(socket, path):
    await socket.send("42")


async def main():
    server = await websockets.serve(shop, "127.0.0.1", 0)
    port = list(server.sockets)[0].getsockname()[1]
    socket = await websockets.connect(f"ws://127.0.0.1:{port}")
    print(await socket.recv())
    await socket.close()


asyncio.get_event_loop().run_until_complete(main())
