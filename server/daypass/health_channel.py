"""A connection to a server on this machine, to ask whether it serves."""

from __future__ import annotations

from pathlib import Path

import grpc
from cryptography import x509


def health_channel(address: str, certificate: Path | None) -> grpc.Channel:
    """Returns a connection to a gRPC door.

    With a certificate the door has to show that very one: it is the authority, and
    the name that is asked for is a name of its own. So a check from the same machine
    needs neither the authority nor the name by which others reach the door.

    Args:
        address: HOST:PORT; the host that means all addresses means this machine.
        certificate: the certificate of the door, in PEM; None means plaintext.

    Raises:
        ValueError: the file holds no certificate, or one without a name.
        OSError: the file cannot be read.
    """
    host, _, port = address.rpartition(":")
    local = "127.0.0.1" if host in {"0.0.0.0", ""} else host  # noqa: S104
    target = f"{local}:{port}"
    if certificate is None:
        return grpc.insecure_channel(target)
    chain = certificate.read_bytes()
    return grpc.secure_channel(
        target,
        grpc.ssl_channel_credentials(root_certificates=chain),
        options=(("grpc.ssl_target_name_override", _name(chain)),),
    )


def _name(chain: bytes) -> str:
    """Returns a name that the first certificate of a chain is for."""
    leaf = x509.load_pem_x509_certificates(chain)[0]
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        raise ValueError("the certificate has no name") from None
    hosts = names.value.get_values_for_type(x509.DNSName)
    # NOTE: a wildcard is no host; any host below it will do.
    if hosts:
        return hosts[0].replace("*", "health", 1)
    addresses = names.value.get_values_for_type(x509.IPAddress)
    if not addresses:
        raise ValueError("the certificate has no name")
    return str(addresses[0])
