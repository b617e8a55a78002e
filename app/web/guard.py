"""A limit on wrong keys, or on forms for everybody, for each address: small, bounded and in memory."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable

TRIES = 10  # wrong keys from one address within the time below
SECONDS = 300.0
MOST_ADDRESSES = 10_000  # beyond, the one that was first counted is forgotten
HOME = 64  # bits of an IPv6 address that one customer gets


class Guard:
    """Counts by address; any thread may ask."""

    def __init__(self, now: Callable[[], float], tries: int = TRIES) -> None:
        """Take a clock that counts seconds, and how many are let through within the time."""
        self._now = now
        self._tries = tries
        self._lock = threading.Lock()
        self._wrong: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def stops(self, address: str) -> bool:
        """Whether so many came from there that none more is looked at for now."""
        with self._lock:
            return self._known(_home(address))[1] >= self._tries

    def note(self, address: str) -> None:
        """Count one from there."""
        home = _home(address)
        with self._lock:
            begin, count = self._known(home)
            self._wrong[home] = (begin, count + 1)
            if len(self._wrong) > MOST_ADDRESSES:
                self._wrong.popitem(last=False)

    def _known(self, home: str) -> tuple[float, int]:
        """Since when, and how many; from the beginning when the time is over."""
        begin, count = self._wrong.get(home, (0.0, 0))
        if count and self._now() - begin <= SECONDS:
            return begin, count
        self._wrong.pop(home, None)
        return self._now(), 0


def _home(address: str) -> str:
    """The address; of IPv6 the network, whose other addresses cost nothing."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, HOME), strict=False)) if known.version == 6 else address  # noqa: PLR2004 - IPv6
