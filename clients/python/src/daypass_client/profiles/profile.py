"""A profile: where calls go, and what signs them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from daypass_client.credentials import Credentials
from daypass_client.endpoint import DEFAULT_ENDPOINT, Endpoint
from daypass_client.foreign_credentials import ForeignSource
from daypass_client.sts_values import WebIdentitySource
from daypass_client.values import RoleRequest

DEFAULT_REGION: Final = "us-east-1"


def _default_endpoint() -> Endpoint:
    return Endpoint.parse(DEFAULT_ENDPOINT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Where calls go, and what signs them.

    Attributes:
        name: what the profile is called; empty for one made in a program.
        endpoint: the server.
        region: the region that signatures name.
        credentials: what calls are signed with, or roles assumed with; None
            makes only those calls possible that need no proof.
        web_identity: a role to assume first, by a token in a file; then there are
            no credentials of the profile's own.
        source: a program or an endpoint that hands out credentials; then there are
            none of the profile's own either.
        roles: the roles to assume, one with the credentials of the one before.
        ca_bundle: a file of certificates that TLS trusts; None for the usual.
        client_certificate: a file with the certificate that this client shows to a
            server that asks for one, and those between it and its root; None for none.
        client_key: the file of its private key; None for none.
    """

    name: str = ""
    endpoint: Endpoint = field(default_factory=_default_endpoint)
    region: str = DEFAULT_REGION
    credentials: Credentials | None = None
    web_identity: WebIdentitySource | None = None
    source: ForeignSource | None = None
    roles: tuple[RoleRequest, ...] = ()
    ca_bundle: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None

    def with_credentials(self, credentials: Credentials) -> Profile:
        """Returns the same server with other credentials, and without roles."""
        return replace(
            self, credentials=credentials, web_identity=None, source=None, roles=()
        )
