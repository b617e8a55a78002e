import asyncio

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus


async def refuse(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\nno")
    writer.close()


async def main():
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        async with connect(f"ws://127.0.0.1:{port}/"):
            pass
    except InvalidStatus as refused:
        print(refused)
    server.close()


asyncio.run(main())
