import asyncio

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver


async def main():
    async with AsyncSqliteSaver.from_conn_string("checkpoints.db") as saver:
        print(await saver.aget({"configurable": {"thread_id": "1"}}))


asyncio.run(main())
