import asyncio
import ssl

import aiohttp
import trustme

authority = trustme.CA()
server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
authority.issue_cert("localhost").configure_cert(server_side)
client_side = ssl.create_default_context()
authority.configure_trust(client_side)


async def shop(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n42")
    await writer.drain()
    writer.close()


async def pump(source, sink):
    try:
        while True:
            piece = await source.read(65536)
            if not piece:
                break
            sink.write(piece)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()


async def proxy(reader, writer):
    request = await reader.readuntil(b"\r\n\r\n")
    host, port = request.split()[1].decode().split(":")
    far_reader, far_writer = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def main():
    server = await asyncio.start_server(shop, "127.0.0.1", 0, ssl=server_side)
    front = await asyncio.start_server(proxy, "127.0.0.1", 0, ssl=server_side)
    target, port = (one.sockets[0].getsockname()[1] for one in (server, front))
    async with aiohttp.ClientSession() as session:
        url, through = f"https://localhost:{target}/price", f"https://localhost:{port}"
        async with session.get(url, proxy=through, ssl=client_side) as answer:
            print(answer.status, await answer.text())


asyncio.run(main())
