# The server speaks as much of PostgreSQL's protocol as one query takes, and has the time zone UTC.
import os
import threading
from socketserver import StreamRequestHandler, UnixStreamServer
from struct import pack, unpack

from django.conf import settings
from django.db import connection

SETTINGS = b"client_encoding=UTF8,DateStyle=ISO,TimeZone=UTC,server_version=13.3,standard_conforming_strings=on"
NOW = b"2021-06-21 12:00:00+00"
TIMESTAMPTZ = 1184


def message(kind, body):
    return kind + pack("!i", len(body) + 4) + body


class PostgreSQL(StreamRequestHandler):
    def handle(self):
        self.rfile.read(self.size())
        pairs = [message(b"S", one.replace(b"=", b"\0") + b"\0") for one in SETTINGS.split(b",")]
        self.wfile.write(message(b"R", pack("!i", 0)) + b"".join(pairs) + message(b"Z", b"I"))
        while self.rfile.read(1) == b"Q":
            self.rfile.read(self.size())
            column = message(b"T", pack("!h4sihihih", 1, b"now\0", 0, 0, TIMESTAMPTZ, 8, -1, 0))
            row = message(b"D", pack("!hi", 1, len(NOW)) + NOW)
            self.wfile.write(column + row + message(b"C", b"SELECT 1\0") + message(b"Z", b"I"))

    def size(self):
        return unpack("!i", self.rfile.read(4))[0] - 4


settings.configure(
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "HOST": os.getcwd(), "NAME": "shop", "USER": "shop"}},
)
with UnixStreamServer(".s.PGSQL.5432", PostgreSQL) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        print(cursor.fetchone())
    connection.close()
    server.shutdown()
