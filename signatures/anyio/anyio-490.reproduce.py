import logging
import sys

import anyio

WRITE = "print('x' * 150000)"


async def main():
    process = await anyio.open_process([sys.executable, "-c", WRITE])
    print(len(await process.stdout.receive(10)))
    await process.stdout.aclose()
    await anyio.sleep(0.5)


logging.basicConfig(level=logging.INFO)
logging.info("anyio can run on %s", " and ".join(anyio.get_all_backends()))
anyio.run(main)
