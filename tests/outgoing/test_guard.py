"""A request goes to what is public and to what the operator allows, whatever a host's name says."""

from ipaddress import ip_address, ip_network

import pytest

from app.outgoing.guard import Forbidden, addresses, may_go_to

PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fc00::1", "fd12::1",
    "ff02::1", "ff0e::1", "fec0::1", "2001:db8::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "2001:0:808:808:0:0:5601:5601",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not may_go_to(ip_address(address), ())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_fine(address: str) -> None:
    assert may_go_to(ip_address(address), ())


def test_the_operator_may_allow_a_network_in_any_spelling() -> None:
    allowed = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    for fine in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "fd12::1"):
        assert may_go_to(ip_address(fine), allowed)
    for wrong in ("192.168.1.1", "127.0.0.1", "fe80::1"):
        assert not may_go_to(ip_address(wrong), allowed)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "::1"])
def test_the_machine_itself_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(Forbidden):
        addresses(host, 80, ())


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example", "", "x..y"])
def test_a_host_that_is_not_there_is_no_crash(host: str) -> None:
    with pytest.raises(Forbidden):
        addresses(host, 80, ())


def test_each_address_is_tried_once() -> None:
    assert addresses("127.0.0.1", 80, [ip_network("127.0.0.0/8")]) == ["127.0.0.1"]
