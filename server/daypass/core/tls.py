"""The certificates of the doors, as values."""

from __future__ import annotations

from dataclasses import dataclass

from daypass.core.secret import Secret


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """What a door needs to speak TLS, in PEM.

    Attributes:
        chain: the certificate, and those between it and its authority.
        private_key: the key of the certificate.
        client_authorities: those that client certificates must come from; None
            means that none is asked for.
    """

    chain: bytes
    private_key: Secret
    client_authorities: bytes | None = None
