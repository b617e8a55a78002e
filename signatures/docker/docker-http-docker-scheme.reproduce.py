import os
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import UnixStreamServer

import docker


class Daemon(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def address_string(self):
        return "docker"


with UnixStreamServer("docker.sock", Daemon) as daemon:
    threading.Thread(target=daemon.serve_forever, daemon=True).start()
    client = docker.DockerClient(base_url="unix://" + os.path.abspath("docker.sock"), version="1.41")
    print(client.ping())
    daemon.shutdown()
