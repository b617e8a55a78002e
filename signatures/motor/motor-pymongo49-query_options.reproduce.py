from motor.motor_asyncio import AsyncIOMotorClient

print(AsyncIOMotorClient)
