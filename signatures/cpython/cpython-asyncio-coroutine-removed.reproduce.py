import asyncio


@asyncio.coroutine
def poll():
    yield from asyncio.sleep(0)
    return "ready"


print(asyncio.run(poll()))
