"""Clients that prove who they are by the certificate of their connection.

SPEC: sts-operations 6.7; RFC 8705 section 2.1.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path

import httpx
import pytest

from daypass.adapters.tls_files import TlsFiles
from support.http_world import DoorOptions
from support.oauth_world import FILES, OWN, TLS_HOST, OAuthWorld, secret
from support.tls import Pki, new_pki

FIELDS = {"grant_type": OWN, "audience": "orders", "client_id": "tls"}


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    """Returns an authority with the files of a server."""
    return new_pki(tmp_path)


def asked(
    pki: Pki, name: str, parameters: dict[str, str] = FIELDS, **options: object
) -> httpx.Response:
    """Asks for a token over a connection with a certificate for a host."""
    door = DoorOptions(
        files=FILES,
        tls=TlsFiles.open(pki.mutual).context,
        **options,  # type: ignore[arg-type]
    )
    with OAuthWorld(door, pki.context(pki.client_files(name))) as shop:
        return shop.post("/oauth2/token", parameters)


def test_certificate(pki: Pki) -> None:
    """A client with the declared certificate gets its token by naming itself."""
    answer = asked(pki, TLS_HOST)

    assert 200 == answer.status_code
    assert "Bearer" == answer.json()["token_type"]


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("other.shop.example", "tls"),
        (TLS_HOST, "web"),
        (TLS_HOST, "images"),
        (TLS_HOST, "nobody"),
    ],
)
def test_certificate_refused(pki: Pki, name: str, client: str) -> None:
    """Another certificate, and a client that has none declared, prove nobody."""
    answer = asked(pki, name, {**FIELDS, "client_id": client})

    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])


def test_certificate_without_name(pki: Pki) -> None:
    """A certificate alone names no client of ours."""
    answer = asked(pki, TLS_HOST, {"grant_type": OWN})

    assert 401 == answer.status_code


def test_certificate_of_proxy(pki: Pki) -> None:
    """The certificate of a trusted proxy is that of no client."""
    loopback = (ipaddress.ip_network("127.0.0.1/32"),)

    answer = asked(pki, TLS_HOST, trusted_proxies=loopback)

    assert 401 == answer.status_code


def test_certificate_beside_secret(pki: Pki) -> None:
    """A secret counts, whatever certificate the connection has."""
    parameters = {**FIELDS, "client_id": "web", "client_secret": secret("web")}

    assert 200 == asked(pki, "other.example", parameters).status_code


def test_forwarded_certificate() -> None:
    """A header that claims to bring a certificate is not looked at."""
    headers = {"x-forwarded-client-cert": "x", "client-cert": ":AA==:"}

    with OAuthWorld() as shop:
        answer = shop.post("/oauth2/token", FIELDS, headers=headers)

    assert 401 == answer.status_code
