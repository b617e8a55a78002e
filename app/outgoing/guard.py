"""Where a request may go: an address is looked up once, judged, and that one is connected to.

Who can make a subscription could else reach what only this machine can: its own ports, its neighbours, a cloud's
metadata.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from app.errors import TraceloreError

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

NAT64 = IPv6Network("64:ff9b::/96")
MOST = 4  # addresses of one host that are tried


class Forbidden(TraceloreError):
    """The host is not there, or is at an address that nothing is sent to."""


def addresses(host: str, port: int, allowed: Networks) -> list[str]:
    """The addresses of a host that a request may go to, at least one. Raises `Forbidden`."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as wrong:
        raise Forbidden("no-host", f"{host[:200]} can't be found: {wrong}") from wrong
    all_of_it = list(dict.fromkeys(str(one[4][0]) for one in found))
    fit = [one for one in all_of_it if may_go_to(ip_address(one), allowed)]
    if not fit:
        detail = (
            f"{host[:200]} is at {', '.join(all_of_it[:MOST])}, which is not public; TRACELORE_HOOK_NETWORKS allows"
        )
        raise Forbidden("forbidden-address", f"{detail} more.")
    return fit[:MOST]


def may_go_to(address: Address, allowed: Networks) -> bool:
    """Whether a request may go there: to what is public, and to what the operator allows."""
    inner = _inner(address)
    if any(one in network for network in allowed for one in {address, inner} if one.version == network.version):
        return True
    special = inner.is_private or inner.is_loopback or inner.is_link_local or inner.is_multicast or inner.is_reserved
    return inner.is_global and not (special or inner.is_unspecified or getattr(inner, "is_site_local", False))


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address
