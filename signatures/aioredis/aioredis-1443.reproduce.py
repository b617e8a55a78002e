import aioredis

print(aioredis.from_url("redis://localhost"))
