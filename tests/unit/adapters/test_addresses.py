"""Addresses that nobody may be sent to, in every disguise (attacks O05)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.addresses import is_allowed


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3"),  # noqa: S104
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1"),
        *("169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.8"),
        *("192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"),
        *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fe80::1%1", "fec0::1", "fc00::1", "fd00::1"),
        *("ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "100::1", "5f00::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
        *("::127.0.0.1", "::ffff:0:127.0.0.1"),
        *(
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::7f00:1",
            "64:ff9b:1::808:808",
        ),
        *("2002:7f00::", "2002:808:808::1", "2001::1", "2001:0:7f00:1::"),
    ],
)
def test_private_addresses_refused(address: str) -> None:
    """What leads to this machine, its neighbours or nowhere is refused."""
    assert not is_allowed(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255"),
        *("100.128.0.0", "169.253.255.255", "128.0.0.0", "223.255.255.255"),
        *("2606:4700::1111", "2001:4860:4860::8888", "2a00::1"),
        *("::ffff:8.8.8.8", "64:ff9b::808:808"),
    ],
)
def test_public_addresses_allowed(address: str) -> None:
    """What anybody on the Internet may be sent to is allowed."""
    assert is_allowed(ip_address(address))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.4", "10.1.2.3/32"),
        ("10.2.0.0", "10.1.0.0/16"),
        ("fd00::1", "10.0.0.0/8"),
        ("10.0.0.1", "fd00::/8"),
        ("::1", "0.0.0.0/0"),
    ],
)
def test_other_networks_stay_refused(address: str, network: str) -> None:
    """What an operator allows is that network and no other."""
    assert not is_allowed(ip_address(address), allowed_private=[ip_network(network)])


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.2.3/32"),
        ("10.1.255.255", "10.1.0.0/16"),
        ("127.0.0.1", "127.0.0.0/8"),
        ("::1", "::1/128"),
        ("fd00::5", "fd00::/8"),
        ("::ffff:10.0.0.1", "10.0.0.0/8"),
        ("64:ff9b::a00:1", "10.0.0.0/8"),
    ],
)
def test_allowed_networks(address: str, network: str) -> None:
    """What an operator allows is allowed, also where it is within another address."""
    assert is_allowed(ip_address(address), allowed_private=[ip_network(network)])


@given(st.ip_addresses(v=4))
def test_no_disguise_helps(address: object) -> None:
    """An address is allowed in its IPv6 forms when it is allowed as it is."""
    plain = ip_address(str(address))

    expected = is_allowed(plain)
    assert expected is is_allowed(ip_address(f"::ffff:{plain}"))
    assert expected is is_allowed(ip_address(f"64:ff9b::{plain}"))
