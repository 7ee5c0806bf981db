"""Addresses that a door listens on."""

from __future__ import annotations

import ipaddress
import re
from typing import Final

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PORT_MAX: Final = 65_535
_ADDRESS: Final = re.compile(
    r"(\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[\w.-]+)):(?P<port>[0-9]{1,5})", re.ASCII
)


def is_local(address: str) -> bool:
    """Tells whether only this machine can reach an address.

    Args:
        address: `host:port`, `unix:path` or `unix-abstract:name`.
    """
    if address.startswith(("unix:", "unix-abstract:")):
        return True
    host = address.rpartition(":")[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def split_address(address: str) -> tuple[str, int]:
    """Splits HOST:PORT; an IPv6 host stands in brackets.

    Raises:
        ValueError: it is not such.
    """
    parts = _ADDRESS.fullmatch(address)
    if parts is None:
        raise ValueError(f"{address} is not HOST:PORT")
    if int(parts["port"]) > _PORT_MAX:
        raise ValueError(f"{address} has no such port")
    return parts["v6"] or parts["host"], int(parts["port"])


def join_address(host: str, port: int) -> str:
    """Joins a host and a port; an IPv6 host is put in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
