import asyncio
import ssl

import aiohttp
import trustme


async def main():
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(server_side)
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        try:
            await session.get(f"https://localhost:{port}/")
        except aiohttp.ClientConnectorError as wrong:
            print("no connection:", wrong.os_error)
    server.close()


asyncio.run(main())
