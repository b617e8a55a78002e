"""What to tell each sender: the files of `snippets/` with address and key filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from app.web.shipper_table import SHIPPERS, Shipper
from app.web.source_parts import Sender, Setup, Snippet

FOLDER = Path(__file__).parent / "snippets"
NO_KEY = "YOUR_KEY"
PORTS = {"http": 80, "https": 443}
MARK = re.compile(r"@([A-Z]+)@")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a sender reaches this server, in the pieces that configurations ask for."""

    scheme: str
    host: str
    port: int
    netloc: str
    """Host and port as they were given: without the port that goes without saying."""


def address_of(url: str) -> Address:
    """The pieces of the address at which senders reach this server."""
    parts = urlsplit(url)
    host = parts.hostname or "127.0.0.1"
    netloc = parts.netloc.rpartition("@")[2] or host
    return Address(
        scheme=parts.scheme or "http",
        host=f"[{host}]" if ":" in host else host,
        port=parts.port or PORTS.get(parts.scheme, 80),
        netloc=netloc,
    )


def setup(address: Address, key: str = "") -> Setup:
    """What to tell each sender, with this key or with a word in its place."""
    lead = (
        "The new key is filled in."
        if key
        else f"Put a key in the place of `{NO_KEY}`; a new one is filled in when it is made."
    )
    senders = tuple(
        Sender(one.id, one.name, one.note, _snippets(one, address, key or NO_KEY), chosen=one is SHIPPERS[0])
        for one in SHIPPERS
    )
    return Setup(lead, senders)


def filled(text: str, address: Address, key: str) -> str:
    """The text with address and key in the places that are marked for them."""
    secure = address.scheme == "https"
    values = {
        "BASE": f"{address.scheme}://{address.netloc}",
        "ORIGIN": f"{address.scheme}://{address.host}:{address.port}",  # where another port is taken unless one is said
        "SCHEME": address.scheme,
        "HOST": address.host,
        "PORT": str(address.port),
        "NETLOC": address.netloc,
        "TLS": "on" if secure else "off",
        "BOOL": "true" if secure else "false",
        "KEY": key,
    }
    return MARK.sub(lambda mark: values[mark[1]], text)


def _snippets(shipper: Shipper, address: Address, key: str) -> tuple[Snippet, ...]:
    return tuple(
        Snippet(f"{shipper.id}-{number}", one.where, filled(_read(one.file), address, key))
        for number, one in enumerate(shipper.files, start=1)
    )


@cache
def _read(file: str) -> str:
    return (FOLDER / file).read_text().rstrip("\n")
