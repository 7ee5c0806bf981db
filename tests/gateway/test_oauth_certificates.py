"""Clients that prove who they are by the certificate of their connection.

SPEC: sts-operations 6.7; RFC 8705 section 2.1.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from daypass.adapters.tls_files import TlsFiles
from support.certificates import issued
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


WORKLOAD = "spiffe://shop.example/pictures"
SUBJECT = "CN=pictures,OU=Services,O=Shop"
NAMED = x509.UniformResourceIdentifier(WORKLOAD)
HOST = x509.DNSName(TLS_HOST)


def declared(certificate: str) -> tuple[str, ...]:
    """Returns the shop, whose client has a certificate with another kind of name."""
    return (FILES[0].replace(f"{{dns: {TLS_HOST}}}", certificate), *FILES[1:])


@pytest.mark.parametrize(
    ("names", "subject", "expected"),
    [
        ((NAMED,), "CN=x", ("uri", 200)),
        ((NAMED, HOST), "CN=x", ("uri", 200)),
        ((NAMED, NAMED), "CN=x", ("uri", 401)),
        ((HOST,), f"CN={WORKLOAD}", ("uri", 401)),
        ((HOST,), SUBJECT, ("subject", 200)),
        ((), SUBJECT, ("subject", 200)),
        ((HOST,), "CN=pictures,O=Shop", ("subject", 401)),
        ((HOST,), f"{SUBJECT},C=DE", ("subject", 401)),
        ((HOST, HOST), "CN=x", ("dns", 401)),
        ((), f"CN={TLS_HOST}", ("dns", 401)),
    ],
)
def test_kinds_of_names(
    pki: Pki,
    names: tuple[x509.GeneralName, ...],
    subject: str,
    expected: tuple[str, int],
) -> None:
    """A certificate proves by the one name of the declared kind, whole, and no other."""
    kind, status = expected
    name = {"uri": WORKLOAD, "subject": SUBJECT, "dns": TLS_HOST}[kind]
    files = (pki.folder / "client.pem", pki.folder / "client.key")
    key, certificate = issued(pki.authority, *names, subject=subject)
    files[0].write_bytes(certificate)
    files[1].write_bytes(key)
    door = DoorOptions(
        files=declared(f'{{{kind}: "{name}"}}'),
        tls=TlsFiles.open(pki.mutual).context,
    )

    with OAuthWorld(door, pki.context(files)) as shop:
        answer = shop.post("/oauth2/token", FIELDS)

    assert status == answer.status_code
    assert status == 200 or "invalid_client" == answer.json()["error"]


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
