import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from kubernetes import client


class Cluster(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


server = HTTPServer(("127.0.0.1", 0), Cluster)
threading.Thread(target=server.serve_forever, daemon=True).start()
settings = client.Configuration()
settings.host = f"http://127.0.0.1:{server.server_port}"
try:
    client.CoreV1Api(client.ApiClient(settings)).read_namespaced_pod("shop", "default")
except client.ApiException as wrong:
    print("no such pod:", wrong.status)
finally:
    server.shutdown()
