"""The certificates of the gRPC door, asked for anew with each handshake.

gRPC takes TLS 1.2 and 1.3 and nothing older, whatever is set here.

SPEC: design 10; attacks G24, G25.
"""

from __future__ import annotations

from collections.abc import Callable

import grpc

from daypass.core.tls import TlsMaterial


def server_credentials(current: Callable[[], TlsMaterial]) -> grpc.ServerCredentials:
    """Returns credentials that follow what is in force.

    Args:
        current: returns what is in force; it is called from a thread of gRPC.
    """
    known = current()

    def changed() -> grpc.ServerCertificateConfiguration | None:
        """Returns what came into force since it was last asked, or None."""
        nonlocal known
        found = current()
        if found is known:
            return None
        known = found
        return _configuration(found)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(known),
        # NOTE: None means "no change", as grpc documents and its types do not say.
        changed,  # type: ignore[arg-type]
        require_client_authentication=known.client_authorities is not None,
    )


def _configuration(material: TlsMaterial) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(material.private_key.reveal(), material.chain)],
        root_certificates=material.client_authorities,
    )
