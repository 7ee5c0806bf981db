"""Endpoints: what is dialled, and when it is encrypted."""

from __future__ import annotations

import pytest

from daypass_client import ConfigurationError, Endpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "localhost:0",
        "localhost:65536",
        "localhost:port",
        "ftp://localhost:1",
        "http://localhost",
        "http://user@localhost:1",
        "http://localhost:1/path",
        "local host:1",
        "dns:///localhost:1",
        "unix:relative",
        "::1:50051",
    ],
)
def test_malformed_endpoint_is_refused(text: str) -> None:
    """Text that is not an endpoint is refused."""
    with pytest.raises(ConfigurationError, match="endpoint"):
        Endpoint.parse(text)


@pytest.mark.parametrize("host", ["10.0.0.1", "daypass", "128.0.0.1", "[::2]"])
def test_clear_text_to_others_is_refused(host: str) -> None:
    """Credentials are not sent in clear to another machine."""
    with pytest.raises(ConfigurationError, match="in clear"):
        Endpoint.parse(f"http://{host}:50051")


@pytest.mark.parametrize(
    ("text", "target", "encrypted"),
    [
        ("127.0.0.1:50051", "127.0.0.1:50051", False),
        ("localhost:1", "localhost:1", False),
        ("127.255.255.255:65535", "127.255.255.255:65535", False),
        ("[::1]:50051", "[::1]:50051", False),
        ("http://localhost:1/", "localhost:1", False),
        ("unix:/run/daypass.sock", "unix:/run/daypass.sock", False),
        ("unsafe-plaintext://daypass:1", "daypass:1", False),
        ("daypass.internal:50051", "daypass.internal:50051", True),
        ("https://localhost:50051", "localhost:50051", True),
        ("https://sts.example.com", "sts.example.com:443", True),
    ],
)
def test_endpoint_is_read(text: str, target: str, *, encrypted: bool) -> None:
    """Loopback and sockets are spoken to in clear, all else with TLS."""
    assert Endpoint(target, encrypted) == Endpoint.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1:50051",
        "unix:/run/daypass.sock",
        "unsafe-plaintext://daypass:1",
        "https://sts.example.com:443",
    ],
)
def test_endpoint_is_written_as_read(text: str) -> None:
    """What an endpoint prints is read as the same endpoint."""
    assert text == str(Endpoint.parse(text))
