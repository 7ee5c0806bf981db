"""The settings of how identity providers are asked for their keys.

Nothing of the environment's own (proxies, authorities, netrc) has a say in it: what
is asked, and whom it is believed, is what stands here (attacks O25).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from daypass.adapters.addresses import Network
from daypass.adapters.names import Endpoint
from daypass.config_forms import Seconds, Words
from daypass.core import provider_limits

_PIN: Final = re.compile(
    r"(?P<host>[A-Za-z0-9.-]{1,253})="
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<v4>[0-9.]{7,15})):(?P<port>[0-9]{1,5})",
    re.ASCII,
)
_PORT_MAX: Final = 65_535


class ProviderSettings(BaseSettings):
    """The part of the settings that is about identity providers."""

    provider_networks: Words = Field(
        default=(),
        description="Private networks in which identity providers may be, such as"
        " 10.1.0.0/16; none by default.",
    )
    provider_ca_file: Path | None = Field(
        default=None,
        description="Certificates of authorities that identity providers may have,"
        " beside those of the system.",
    )
    provider_hosts: Words = Field(
        default=(),
        description="HOST=ADDRESS:PORT of identity providers that no name service"
        " knows: for test benches and split DNS. provider_networks applies.",
    )
    provider_key_lifetime: Seconds = Field(
        default=provider_limits.KEY_SET_LIFETIME_DEFAULT,
        description="Seconds that keys of identity providers are used without asking"
        " again, whatever a provider says, 30-86400.",
    )

    @field_validator("provider_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        parse_networks(value)
        return value

    @field_validator("provider_hosts")
    @classmethod
    def _provider_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        parse_hosts(value)
        return value


def parse_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Returns networks, each an address and a length without host bits.

    Raises:
        ValueError: one is none.
    """
    return tuple(ip_network(text, strict=True) for text in texts)


def parse_hosts(texts: tuple[str, ...]) -> Mapping[str, Endpoint]:
    """Returns where hosts are.

    Raises:
        ValueError: one is not HOST=ADDRESS:PORT, or a host is there twice.
    """
    found: dict[str, Endpoint] = {}
    for text in texts:
        parts = _PIN.fullmatch(text)
        if parts is None or not 0 < int(parts["port"]) <= _PORT_MAX:
            raise ValueError(f"{text} is not HOST=ADDRESS:PORT")
        if parts["host"] in found:
            raise ValueError(f"{parts['host']} is there twice")
        address = ip_address(parts["v6"] or parts["v4"])
        found[parts["host"]] = Endpoint(address, int(parts["port"]))
    return found
