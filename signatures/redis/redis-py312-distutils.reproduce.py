import redis

print(redis.Redis(host="127.0.0.1"))
