"""The options of a channel: clear text, TLS, and no retries of gRPC's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from daypass_client import ConfigurationError, Endpoint
from daypass_client.channel import (
    channel_options,
    open_channel,
    tls_credentials,
)


def test_grpc_does_not_repeat() -> None:
    """Calls are not repeated behind our back, by their code alone."""
    options = dict(channel_options(Endpoint.parse("127.0.0.1:1")))

    assert 0 == options["grpc.enable_retries"]
    assert 1 == options["grpc.service_config_disable_resolution"]


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
