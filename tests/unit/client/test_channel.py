"""The options of a channel: which failures are tried again, and how."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from daypass_client import ConfigurationError, Endpoint
from daypass_client.channel import (
    channel_options,
    open_channel,
    service_config,
    tls_credentials,
)


def policies() -> list[dict[str, Any]]:
    """Returns the parts of the service config that name methods."""
    config: list[dict[str, Any]] = json.loads(service_config())["methodConfig"]
    return config


def test_minting_is_repeated_on_unavailable_only() -> None:
    """A method that issues credentials is not repeated for its rate."""
    minting, _ = policies()

    assert minting["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert {"AssumeRole", "BatchAssumeRole"} == {
        name["method"] for name in minting["name"]
    }


def test_others_are_repeated_on_two_codes() -> None:
    """Every other method is repeated on unavailability and for its rate."""
    _, others = policies()

    codes = ["UNAVAILABLE", "RESOURCE_EXHAUSTED"]
    assert codes == others["retryPolicy"]["retryableStatusCodes"]
    assert others["name"] == [{}]


def test_repetitions_are_bounded() -> None:
    """A call is made four times at the most, and a budget bounds them all."""
    throttling = json.loads(service_config())["retryThrottling"]

    assert [policy["retryPolicy"]["maxAttempts"] for policy in policies()] == [4, 4]
    assert throttling == {"maxTokens": 10, "tokenRatio": 0.1}


@pytest.mark.parametrize(
    ("text", "proxy"), [("127.0.0.1:1", 0), ("https://daypass:1", 1)]
)
def test_clear_text_avoids_proxies(text: str, proxy: int) -> None:
    """What goes in clear goes through no proxy."""
    options = dict(channel_options(Endpoint.parse(text)))

    assert proxy == options["grpc.enable_http_proxy"]


def test_missing_certificates_are_told(tmp_path: Path) -> None:
    """A file of certificates that is not there is named."""
    with pytest.raises(ConfigurationError) as caught:
        tls_credentials(tmp_path / "missing.pem")

    assert str(tmp_path / "missing.pem") == caught.value.file


def test_encrypted_channel_opens(tmp_path: Path) -> None:
    """An encrypted endpoint gets a channel, with certificates of a file or not."""
    bundle = tmp_path / "roots.pem"
    bundle.write_bytes(b"")
    endpoint = Endpoint.parse("https://daypass:1")

    for ca_bundle in (None, bundle):
        open_channel(endpoint, ca_bundle).close()
