"""Which addresses of the network may be connected to on somebody else's word.

The host of a URL comes from a document that others write. A host that leads to this
machine, to its neighbours or to the metadata service of a cloud is refused, in every
disguise that an address has (attacks O05, O06).

SPEC: the special-purpose registries of RFC 6890, as Python's `ipaddress` has them;
RFC 4291 section 2.5.5, RFC 6052 and RFC 3056 for addresses within addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_IPV4_BITS: Final = 32
# The address within is the last 32 bits: IPv4-compatible, and NAT64.
_ENDING_IN_IPV4: Final = (IPv6Network("::/96"), IPv6Network("64:ff9b::/96"))
# What `ipaddress` takes for global and nobody connects to across a network: the
# local form of NAT64, Teredo, 6to4 and its relays, protocol assignments, addresses
# for documentation, segment routing, and site-local addresses.
_REFUSED: Final = tuple(
    IPv6Network(text)
    for text in (
        *("64:ff9b:1::/48", "2001::/23", "2002::/16", "3fff::/20"),
        *("5f00::/16", "fec0::/10"),
    )
)
_REFUSED_IPV4: Final = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))


def is_allowed(address: Address, *, allowed_private: Sequence[Network] = ()) -> bool:
    """Tells whether an address may be connected to.

    Args:
        address: the address.
        allowed_private: networks that an operator allows although they are private.
            An address within an address is looked up by its inner one.
    """
    inner = _inner(address)
    if any(
        inner in network
        for network in allowed_private
        if network.version == inner.version
    ):
        return True
    return _is_public(inner)


def _inner(address: Address) -> Address:
    """Returns the address that a disguise leads to, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    # NOTE: the unspecified and the loopback address of IPv6 lie in ::/96 too.
    if address.is_loopback or address.is_unspecified:
        return address
    if any(address in network for network in _ENDING_IN_IPV4):
        return IPv4Address(int(address) & (2**_IPV4_BITS - 1))
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        refused = any(address in network for network in _REFUSED)
    else:
        refused = any(address in network for network in _REFUSED_IPV4)
    return address.is_global and not (
        refused
        or address.is_multicast
        or address.is_reserved
        or address.is_link_local
        or address.is_unspecified
    )
