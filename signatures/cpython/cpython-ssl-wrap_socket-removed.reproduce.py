import socket
import ssl

with ssl.wrap_socket(socket.socket()) as secure:
    print(secure.version())
