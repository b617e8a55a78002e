import os

import httpx

os.environ["NO_PROXY"] = "localhost,127.0.0.1,fe80::/10"
with httpx.Client() as client:
    print(client.trust_env)
