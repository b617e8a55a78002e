from starlette.applications import Starlette
from starlette.testclient import TestClient

print(TestClient(Starlette()).get("/").status_code)
