"""Where a request comes from, and which host it was meant for.

What a proxy says is believed of proxies that the operator trusts, and of nobody
else. A host that is not served is refused, because a name that leads here without
our doing is how a web page reaches servers behind a firewall (DNS rebinding).

SPEC: sts-operations 3.4 step 8; attacks V20, G28; detail 9.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from daypass.core.listening import Network
from daypass.core.quick import quick_init
from daypass.gateway.exchange import Headers, Received

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

ANY_HOST: Final = "*"
# Texts of the length of a header; to read one takes longer than all else here.
_ADDRESSES_KEPT: Final = 1_024
# The longest name, and a port.
_HOST_CHARACTERS_MAX: Final = 261
_HOST: Final = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9._-]{1,255}))"
    r"(?::[0-9]{1,5})?",
    re.ASCII,
)


@quick_init
@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from.

    Attributes:
        received: the request, with the host that the client spoke to.
        host: that host.
        source: the client's IP address, or None where it is not known.
        secure: whether the client used TLS.
        proxied: whether a trusted proxy handed it on.
    """

    received: Received
    host: str
    source: str | None
    secure: bool
    proxied: bool


@dataclass(frozen=True, slots=True)
class _Peer:
    """The other end of connections: its address, its name, whether it is believed."""

    address: Address | None
    name: str | None
    trusted: bool


class Origins:
    """Finds out where requests come from.

    Args:
        hosts: the names that are served besides `localhost` and IP addresses;
            `*` means any.
        trusted_proxies: who may say for whom it speaks.
    """

    def __init__(
        self,
        *,
        hosts: Collection[str] = (),
        trusted_proxies: Collection[Network] = (),
    ) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._trusted = tuple(trusted_proxies)
        # Both ask nothing but what was set up, and the same few texts come again.
        self._peer = lru_cache(maxsize=_ADDRESSES_KEPT)(self._read_peer)
        self._is_served = lru_cache(maxsize=_ADDRESSES_KEPT)(self._serves)

    def find(self, received: Received) -> Origin | None:
        """Returns the origin, or None where the host is not served.

        The headers have been found unambiguous.
        """
        peer = self._peer(received.peer or "")
        host = received.header("host") or ""
        if peer.trusted:
            return self._proxied(received, peer.address, host)
        if not self._is_host(host):
            return None
        return Origin(received, host, peer.name, received.secure, proxied=False)

    def _proxied(
        self, received: Received, proxy: Address | None, host: str
    ) -> Origin | None:
        """Returns the origin of a request that a trusted proxy has handed on."""
        # Several values are no host, and are refused as such.
        told = received.joined("x-forwarded-host") or host
        if not self._is_host(told):
            return None
        # NOTE: a proxy that does not say so has not spoken TLS for us.
        secure = received.joined("x-forwarded-proto").lower() == "https"
        client = self._client(received, proxy)
        if told != host:
            received = replace(received, headers=_with_host(received.headers, told))
        name = None if client is None else _name(client)
        return Origin(received, told, name, secure, proxied=True)

    def _client(self, received: Received, peer: Address | None) -> Address | None:
        """Returns who spoke to the outermost of the trusted proxies.

        What stands before that was written by the client, and says nothing.
        """
        client = peer
        for text in reversed(received.joined("x-forwarded-for").split(",")):
            address = _address(text.strip())
            if address is None:
                break
            client = address
            if not self._is_trusted(address):
                break
        return client

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)

    def _read_peer(self, text: str) -> _Peer:
        address = _address(text)
        if address is None:
            return _Peer(None, None, trusted=False)
        return _Peer(address, _name(address), trusted=self._is_trusted(address))

    def _is_host(self, host: str) -> bool:
        """Tells whether a host is served; no text that is longer is remembered."""
        return len(host) <= _HOST_CHARACTERS_MAX and self._is_served(host)

    def _serves(self, host: str) -> bool:
        parts = _HOST.fullmatch(host)
        if parts is None:
            return False
        name = (parts["v6"] or parts["name"]).lower()
        if ANY_HOST in self._hosts or name in self._hosts or name == "localhost":
            return True
        return _address(name) is not None


@lru_cache(maxsize=_ADDRESSES_KEPT)
def _address(text: str) -> Address | None:
    """Returns an address; an IPv4 one that came through IPv6 is an IPv4 address."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=_ADDRESSES_KEPT)
def _name(address: Address) -> str:
    return str(address)


def _with_host(headers: Headers, host: str) -> Headers:
    return tuple((name, host if name == "host" else value) for name, value in headers)
