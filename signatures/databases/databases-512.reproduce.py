import asyncio

import databases
import sqlalchemy

metadata = sqlalchemy.MetaData()
items = sqlalchemy.Table(
    "items",
    metadata,
    sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True),
    sqlalchemy.Column("name", sqlalchemy.String(20)),
)


async def main():
    async with databases.Database("sqlite:///shop.db") as database:
        await database.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, name VARCHAR(20))")
        await database.execute(items.insert().values(name="cup"))
        for row in await database.fetch_all(items.select()):
            print(row["name"])


asyncio.run(main())
