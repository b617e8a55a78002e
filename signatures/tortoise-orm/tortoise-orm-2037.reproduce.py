import asyncio

from tortoise import Tortoise, fields
from tortoise.models import Model


class Item(Model):
    id = fields.IntField(pk=True)
    name = fields.CharField(max_length=20)


async def main():
    await Tortoise.init(db_url="sqlite://shop.db", modules={"models": ["__main__"]})
    await Tortoise.generate_schemas()
    await Item.create(name="cup")
    print(await Item.all().count())
    await Tortoise.close_connections()


asyncio.run(main())
