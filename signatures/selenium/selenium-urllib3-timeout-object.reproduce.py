# the server says what a browser's driver says when a session is opened
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from selenium import webdriver


class Driver(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps({"value": {"sessionId": "1", "capabilities": {"browserName": "chrome"}}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = HTTPServer(("127.0.0.1", 0), Driver)
Thread(target=server.serve_forever, daemon=True).start()

driver = webdriver.Remote(f"http://127.0.0.1:{server.server_port}", webdriver.DesiredCapabilities.CHROME)
print(driver.session_id)
