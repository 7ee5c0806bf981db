"""OAuth clients as requests see them: resolved, and each of one account.

A client stands for a user or a role of its account, and acts as that: what it may do
is what the policies of that principal allow, within what the client is declared for.

SPEC: sts-operations 6.1 to 6.7.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from daypass.core.oauth import AuthenticationMethod, GrantType
from daypass.core.secret import Secret
from daypass.directory.declared import KeySetFile


class CertificateNameKind(StrEnum):
    """What of a certificate names a client; the values are keys of the file format."""

    URI = "uri"
    DNS = "dns"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class CertificateName:
    """The one name that the certificate of a client must have.

    Attributes:
        kind: where it stands in the certificate.
        value: the name; of a subject its text by RFC 4514.
    """

    kind: CertificateNameKind
    value: str


@dataclass(frozen=True, slots=True)
class HashedSecret:
    """A secret that only its scrypt hash is known of."""

    salt: bytes
    digest: Secret


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A client of the OAuth endpoints.

    Attributes:
        partition: such as `aws`.
        account_id: the account that declares it.
        client_id: its name, unique in the whole directory.
        principal_arn: the user or role that it acts as.
        principal_id: the unique id of that.
        methods: how it may prove who it is.
        secret: what it shares with us, or None.
        hashed_secret: the same where only the hash is declared, or None.
        keys: the public keys of its assertions, or None.
        certificate: what names it in its certificate, or None.
        grants: what it may ask for tokens by.
        audiences: logical names that tokens of its own are issued for.
        resources: URIs that they are issued for.
        scopes: what they may grant.
        lifetime: how long they live.
        introspects: audiences that it is itself: it may ask about tokens for them.
    """

    partition: str
    account_id: str
    client_id: str
    principal_arn: str
    principal_id: str
    methods: frozenset[AuthenticationMethod]
    secret: Secret | None = None
    hashed_secret: HashedSecret | None = None
    keys: KeySetFile | None = None
    certificate: CertificateName | None = None
    grants: frozenset[GrantType] = frozenset()
    audiences: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    lifetime: timedelta = field(default=timedelta())
    introspects: frozenset[str] = frozenset()

    @property
    def arn(self) -> str:
        """What policies name it by, as a resource."""
        return (
            f"arn:{self.partition}:daypass::{self.account_id}"
            f":oauth-client/{self.client_id}"
        )

    @property
    def targets(self) -> frozenset[str]:
        """All that tokens of its own are issued for."""
        return self.audiences | self.resources
