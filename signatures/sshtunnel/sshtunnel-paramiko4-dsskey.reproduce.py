from sshtunnel import SSHTunnelForwarder

tunnel = SSHTunnelForwarder(
    ("127.0.0.1", 22), ssh_username="app", ssh_password="app", remote_bind_address=("127.0.0.1", 5432)
)
print(tunnel)
