"""The options of a channel: clear text, TLS, and no retries of gRPC's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from daypass_client import ConfigurationError, Endpoint, Profile
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


def test_encrypted_channel_opens(tmp_path: Path) -> None:
    """An encrypted endpoint gets a channel, with certificates of a file or not."""
    bundle = tmp_path / "roots.pem"
    bundle.write_bytes(b"")
    endpoint = Endpoint.parse("https://daypass:1")

    for ca_bundle in (None, bundle):
        open_channel(Profile(endpoint=endpoint, ca_bundle=ca_bundle)).close()


@pytest.mark.parametrize("name", ["ca_bundle", "client_certificate", "client_key"])
def test_missing_file_is_told(tmp_path: Path, name: str) -> None:
    """A file that is not there is named."""
    there = tmp_path / "there.pem"
    there.write_bytes(b"")
    files = {"client_certificate": there, "client_key": there}
    files[name] = tmp_path / "missing.pem"

    with pytest.raises(ConfigurationError) as caught:
        tls_credentials(Profile(**files))  # type: ignore[arg-type]

    assert str(tmp_path / "missing.pem") == caught.value.file


@pytest.mark.parametrize("name", ["client_certificate", "client_key"])
def test_one_of_two_files_is_told(tmp_path: Path, name: str) -> None:
    """A certificate without its key, or a key without its certificate, is of no use."""
    with pytest.raises(ConfigurationError, match="only one"):
        tls_credentials(Profile(**{name: tmp_path / "x"}))  # type: ignore[arg-type]
