import pathlib

import requests
import vcr

pathlib.Path("shop.yaml").write_text("""\
interactions:
- request: {body: null, headers: {}, method: GET, uri: "http://shop.example/price"}
  response:
    body: {string: "42"}
    headers: {Content-Length: ["2"]}
    status: {code: 200, message: OK}
version: 1
""")
with vcr.use_cassette("shop.yaml"):
    print(requests.get("http://shop.example/price", timeout=5).text)
