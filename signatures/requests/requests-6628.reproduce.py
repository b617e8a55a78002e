import pickle
import threading
from concurrent.futures import ProcessPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"oops")

    def log_message(self, *args):
        pass


def price(port):
    return requests.get(f"http://127.0.0.1:{port}/price").json()


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with ProcessPoolExecutor(1) as pool:
        try:
            print(pool.submit(price, server.server_port).result(timeout=20))
        except requests.exceptions.JSONDecodeError as wrong:
            print("no JSON:", wrong)
    server.shutdown()
