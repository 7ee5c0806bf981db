"""What the HTTP server refuses before it listens."""

from __future__ import annotations

import ssl

import pytest

from daypass.gateway.server import HttpSettings


@pytest.mark.parametrize("host", ["::", "192.0.2.1", "sts.test"])
def test_g23_plaintext_on_network_refused(host: str) -> None:
    """Plaintext beyond loopback needs somebody who says that it is safe."""
    with pytest.raises(ValueError, match="plaintext"):
        HttpSettings(host, 8080)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    assert host == HttpSettings(host, 8080, unsafe_plaintext=True).host
    assert host == HttpSettings(host, 8080, tls=lambda: context).host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_plaintext_on_loopback(host: str) -> None:
    """Loopback needs neither."""
    assert 0 == HttpSettings(host, 0).port
