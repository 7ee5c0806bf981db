"""Which issuer names the principals of an account to others.

An account may declare an issuer of its own. Otherwise the deployment gives it one
below the base that is set: `<base>/accounts/<id>`, where the id is made of the names
of the ring and of the account, so that it stays the same through every change of
keys and does not say the account.

The base itself is the issuer of what comes of exchanges, and what lies at
`<base>/accounts` belongs to the account that it is given to. An account that declares
one of those as its own issues nothing: all of them sign with the same keys, so that its
tokens would pass for those of the deployment or of another account.

SPEC: sts-operations 1.11 and 6.3; attacks J28 and J29.
"""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from daypass.core.outbound_errors import OutboundFederationDisabledError
from daypass.core.ports import Snapshot
from daypass.core.strict_json import JsonValue
from daypass.directory.entities import Account
from daypass.directory.model import Directory
from daypass.keyring.ring import Ring
from daypass.tokens.outbound_documents import discovery_document, outbound_key_set

_PURPOSE: Final = b"daypass-outbound-issuer\0"
_UUID_BYTES: Final = 16
_ACCOUNTS: Final = "accounts"


@dataclass(frozen=True, slots=True)
class IssuerDocuments:
    """What an issuer publishes: its OpenID configuration and its key set."""

    discovery: dict[str, JsonValue]
    key_set: dict[str, list[dict[str, str]]]


class OutboundIssuers:
    """The issuers of a deployment.

    Args:
        directory: which accounts have one.
        ring: what they sign with, as it is published.
        base: the https URL below which accounts get an issuer, without a slash at
            its end; None gives them none.
    """

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        ring: Snapshot[Ring],
        base: str | None,
    ) -> None:
        self._directory = directory
        self._ring = ring
        self._base = base
        self._made: tuple[tuple[str, str], Mapping[str, str]] | None = None

    def issuer_of(self, account: Account | None) -> str:
        """Returns the issuer of an account.

        Raises:
            OutboundFederationDisabledError: the account has not enabled outbound
                federation, nothing says what its issuer is, or it is not its own.
        """
        settings = None if account is None else account.outbound_federation
        if account is None or settings is None or not settings.enabled:
            raise OutboundFederationDisabledError("outbound_federation_disabled")
        derived = self._derived(account.account_id)
        declared = settings.issuer
        if declared is None:
            if derived is None:
                raise OutboundFederationDisabledError("outbound_issuer_unset")
            return derived
        if declared != derived and self._is_of_deployment(declared):
            raise OutboundFederationDisabledError("outbound_issuer_of_deployment")
        return declared

    def _derived(self, account_id: str) -> str | None:
        if self._base is None:
            return None
        ring_id = self._ring.current().ring_id
        return f"{self._base}/{_ACCOUNTS}/{_opaque_id(ring_id, account_id)}"

    def _is_of_deployment(self, issuer: str) -> bool:
        """Tells whether an issuer is one that the deployment gives out itself.

        Verifiers differ in how they take a last slash and the case.
        """
        if self._base is None:
            return False
        name, base = issuer.rstrip("/").casefold(), self._base.casefold()
        return name == base or f"{name}/".startswith(f"{base}/{_ACCOUNTS}/")

    def documents(self, issuer: str) -> IssuerDocuments | None:
        """Returns what an issuer publishes, or None where it is not one of ours.

        Args:
            issuer: the whole URL, without the path of a document.
        """
        found = self._issuers().get(issuer.removesuffix("/"))
        if found is None:
            return None
        ring = self._ring.current()
        return IssuerDocuments(discovery_document(found, ring), outbound_key_set(ring))

    def _issuers(self) -> Mapping[str, str]:
        """Returns all issuers by their text without a slash at the end.

        Anybody may ask for documents, so that nobody makes us go through all
        accounts with each request.
        """
        directory = self._directory.current()
        made_of = (directory.digest, self._ring.current().ring_id)
        if self._made is None or self._made[0] != made_of:
            issuers: dict[str, str] = {}
            for account in directory.accounts:
                with contextlib.suppress(OutboundFederationDisabledError):
                    issuer = self.issuer_of(account)
                    issuers[issuer.removesuffix("/")] = issuer
            self._made = (made_of, issuers)
        return self._made[1]


def _opaque_id(ring_id: str, account_id: str) -> str:
    text = _PURPOSE + ring_id.encode() + b"\0" + account_id.encode()
    return str(uuid.UUID(bytes=hashlib.sha256(text).digest()[:_UUID_BYTES]))
