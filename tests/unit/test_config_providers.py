"""The settings of identity providers, and what they refuse."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.names import Endpoint
from daypass.config import InvalidSettingsError
from daypass.config_providers import parse_hosts, parse_networks
from support.server_settings import settings_in


def test_nothing_private_by_default(tmp_path: Path) -> None:
    """By default no private network, no host and no authority is added."""
    settings = settings_in(tmp_path)

    assert ((), (), None) == (
        settings.provider_networks,
        settings.provider_hosts,
        settings.provider_ca_file,
    )
    assert timedelta(minutes=5) == settings.provider_key_lifetime


def test_settings_are_read(tmp_path: Path) -> None:
    """Networks, hosts and the lifetime are read from flags."""
    settings = settings_in(
        tmp_path,
        "--provider-networks=10.1.0.0/16,fd00::/8",
        "--provider-hosts=a.example=10.1.0.7:8443,b.example=[fd00::1]:443",
        "--provider-key-lifetime=30",
    )

    assert (ip_network("10.1.0.0/16"), ip_network("fd00::/8")) == parse_networks(
        settings.provider_networks
    )
    assert {
        "a.example": Endpoint(ip_address("10.1.0.7"), 8443),
        "b.example": Endpoint(ip_address("fd00::1"), 443),
    } == parse_hosts(settings.provider_hosts)
    assert timedelta(seconds=30) == settings.provider_key_lifetime


@pytest.mark.parametrize(
    "flag",
    [
        "--provider-networks=10.1.0.1/16",
        "--provider-networks=everything",
        "--provider-hosts=a.example",
        "--provider-hosts=a.example=10.1.0.7",
        "--provider-hosts=a.example=10.1.0.7:0",
        "--provider-hosts=a.example=10.1.0.7:65536",
        "--provider-hosts=a.example=10.1.0.999:443",
        "--provider-hosts=a.example=b.example:443",
        "--provider-hosts=a.example=fd00::1:443",
        "--provider-hosts=a.example=10.1.0.7:1,a.example=10.1.0.7:2",
        "--provider-key-lifetime=29",
        "--provider-key-lifetime=86401",
    ],
)
def test_malformed_settings(tmp_path: Path, flag: str) -> None:
    """A setting of the wrong form keeps the server from starting."""
    with pytest.raises(InvalidSettingsError, match="provider_"):
        settings_in(tmp_path, flag)


@given(st.text())
def test_hosts_of_any_text(text: str) -> None:
    """Any text is the place of one host, or is refused."""
    try:
        found = parse_hosts((text,))
    except ValueError:
        return
    ((host, endpoint),) = found.items()
    assert text.startswith(f"{host}=")
    assert 0 < endpoint.port < 65_536
