"""Whom we trust in TLS where we are the client, whatever the environment says.

Certificates are verified strictly, by names that stand where hosts are named, and
nothing below TLS 1.2 is spoken (attacks O24).
"""

from __future__ import annotations

import ssl
from pathlib import Path


def trusting(
    ca_file: Path | None = None, *, and_system: bool = False
) -> ssl.SSLContext:
    """Returns a TLS context that trusts the authorities of a file, or the system's.

    Args:
        ca_file: certificates of authorities; None means those of the system.
        and_system: whether those of the system are trusted beside the file's.

    NOTE: not `ssl.create_default_context`, which asks the environment for files of
    authorities and for a file to write session keys to (attacks O25).

    Raises:
        OSError: the file cannot be read, or holds no certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    context.hostname_checks_common_name = False
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
        if not and_system:
            return context
    # What was built into OpenSSL; the properties without `openssl_` would be those
    # of the environment.
    system = ssl.get_default_verify_paths()
    if Path(system.openssl_cafile).is_file():
        context.load_verify_locations(cafile=system.openssl_cafile)
    if Path(system.openssl_capath).is_dir():
        context.load_verify_locations(capath=system.openssl_capath)
    return context
