"""Certificates of OAuth clients: one name, and that the declared one.

SPEC: sts-operations 6.7; RFC 8705 section 2.1.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from daypass.core.oauth_errors import InvalidClientError
from daypass.directory.oauth_clients import CertificateName, CertificateNameKind
from daypass.federation.client_certificate import check_certificate
from support.world import START

SPIFFE = "spiffe://shop.example/web"
SUBJECT = "CN=web,OU=Apps,O=Shop"
KEY = ec.generate_private_key(ec.SECP256R1())
URI, DNS, DN = CertificateNameKind


def certificate(*names: x509.GeneralName, subject: str = SUBJECT) -> bytes:
    """Returns a certificate with these names."""
    name = x509.Name.from_rfc4514_string(subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(START)
        .not_valid_after(START + timedelta(days=1))
    )
    if names:
        extension = x509.SubjectAlternativeName(names)
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(KEY, SHA256()).public_bytes(Encoding.DER)


def uri(value: str = SPIFFE) -> x509.GeneralName:
    """Returns a name that is a URI."""
    return x509.UniformResourceIdentifier(value)


def dns(value: str = "web.example") -> x509.GeneralName:
    """Returns a name that is a host."""
    return x509.DNSName(value)


@pytest.mark.parametrize(
    ("der", "expected"),
    [
        (certificate(uri()), CertificateName(URI, SPIFFE)),
        (certificate(uri(), dns()), CertificateName(URI, SPIFFE)),
        (certificate(dns("Web.Example")), CertificateName(DNS, "web.example")),
        (certificate(), CertificateName(DN, SUBJECT)),
    ],
    ids=["uri", "uri beside a host", "host in another case", "subject"],
)
def test_name_fits(der: bytes, expected: CertificateName) -> None:
    """A certificate with exactly the one declared name is the client's."""
    check_certificate(der, expected)


@pytest.mark.parametrize(
    ("der", "expected", "detail"),
    [
        (certificate(uri(SPIFFE + "2")), CertificateName(URI, SPIFFE), "name"),
        (certificate(uri(), uri("spiffe://b/c")), CertificateName(URI, SPIFFE), "name"),
        (certificate(dns()), CertificateName(URI, SPIFFE), "name"),
        (certificate(), CertificateName(URI, SPIFFE), "name"),
        (
            certificate(dns(), dns("b.example")),
            CertificateName(DNS, "b.example"),
            "name",
        ),
        (certificate(dns("*.example")), CertificateName(DNS, "web.example"), "name"),
        (
            certificate(subject="CN=web,OU=Apps"),
            CertificateName(DN, SUBJECT),
            "name",
        ),
        (
            certificate(subject="O=Shop,OU=Apps,CN=web"),
            CertificateName(DN, SUBJECT),
            "name",
        ),
        (b"no certificate", CertificateName(DN, SUBJECT), "malformed"),
    ],
    ids=[
        "other uri",
        "two uris",
        "host for uri",
        "no names",
        "two hosts",
        "wildcard",
        "part of subject",
        "subject in another order",
        "malformed",
    ],
)
def test_name_refused(der: bytes, expected: CertificateName, detail: str) -> None:
    """A certificate with another name, or with several, is nobody's."""
    with pytest.raises(InvalidClientError) as caught:
        check_certificate(der, expected)

    assert f"certificate_{detail}" == caught.value.detail
