"""Run a program without network and within limits: `python cage.py SECONDS BYTES OUTPUT PROGRAM [WORD...]`.

Started by `app/verify/run.py` inside namespaces of its own, where the only interface is the loopback, and that is down.
Stands alone: it imports nothing of ours.
"""

from __future__ import annotations

import fcntl
import os
import resource
import socket
import struct
import sys

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1  # netdevice(7)
LOOPBACK = struct.pack("16sh", b"lo", IFF_UP)


def main(seconds: str, memory: str, output: str, *command: str) -> None:
    """Set the limits and become the program."""
    if sys.platform == "linux":
        _raise_loopback()
    for limit, most in (
        (resource.RLIMIT_CPU, int(seconds)),
        (resource.RLIMIT_AS, int(memory)),
        (resource.RLIMIT_FSIZE, int(output)),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    os.execv(command[0], command)  # noqa: S606 - no shell is what is wanted


def _raise_loopback() -> None:
    """Put up the loopback interface where it is down: servers and clients of one program may talk there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, SIOCGIFFLAGS, LOOPBACK))[1]
        if not flags & IFF_UP:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP))


if __name__ == "__main__":
    main(*sys.argv[1:])
