import os

import httpx

os.environ["NO_PROXY"] = "localhost,127.0.0.1,::1"
with httpx.Client() as client:
    print(client.trust_env)
