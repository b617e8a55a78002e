import asyncio
import threading


async def main():
    process = await asyncio.create_subprocess_exec("true")
    print("ended with", await process.wait())


def work():
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(main())
    loop.close()


thread = threading.Thread(target=work)
thread.start()
thread.join()
