import aioredis

print(aioredis.RedisError)
