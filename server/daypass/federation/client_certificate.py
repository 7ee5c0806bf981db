"""The certificate of a client's TLS connection: whether it has the client's name.

That its chain leads to an authority that the operator trusts was checked by TLS. Here
it must have exactly one name of the kind that is declared, and that one: a
certificate for two names is for neither (attacks on RFC 8705 section 2.1.2).

SPEC: sts-operations 6.7; RFC 8705 sections 2.1 and 7.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.x509 import Certificate

from daypass.core.oauth_errors import InvalidClientError
from daypass.directory.oauth_clients import CertificateName, CertificateNameKind


def check_certificate(der: bytes, expected: CertificateName) -> None:
    """Returns when a verified certificate has the one name.

    Args:
        der: the certificate of the client, as TLS verified it.
        expected: what the directory declares.

    Raises:
        InvalidClientError: it has another, several, or cannot be read.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        fits = _fits(certificate, expected)
    except ValueError as error:
        raise InvalidClientError("certificate_malformed") from error
    if not fits:
        raise InvalidClientError("certificate_name")


def _fits(certificate: Certificate, expected: CertificateName) -> bool:
    if expected.kind is CertificateNameKind.SUBJECT:
        return certificate.subject == x509.Name.from_rfc4514_string(expected.value)
    try:
        extension = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
    except x509.ExtensionNotFound:
        return False
    names = extension.value
    if expected.kind is CertificateNameKind.URI:
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
        return uris == [expected.value]
    # SPEC: RFC 4343: case means nothing in the names of hosts.
    hosts = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    return hosts == [expected.value.lower()]
