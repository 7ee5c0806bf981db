"""Which OAuth client asks, and the caller that it is: its user or its role.

A client that acts as a role has a session of that role, named after the client, which
is stored nowhere and has no secret: it lasts for the call, and nothing that comes of
the call lasts longer than a session of the role may.

SPEC: sts-operations 6.1 (client authentication), 6.5 and 6.7; RFC 6749 section 2.3;
attacks L13; ADR 0031.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from daypass.core import oauth_limits as limits
from daypass.core.clock import whole_second
from daypass.core.errors import DaypassError, InternalFailureError
from daypass.core.identifiers import TEMPORARY_KEY_PREFIX, new_access_key_id
from daypass.core.lru import LruCache
from daypass.core.oauth import AuthenticationMethod
from daypass.core.oauth_errors import InvalidClientError
from daypass.core.ports import Clock, Entropy, GuardKey, GuardStore, Snapshot
from daypass.core.principal import RoleSession
from daypass.core.secret import Secret
from daypass.core.session import Session, SessionKind
from daypass.directory.entities import Role
from daypass.directory.model import Directory
from daypass.directory.oauth_clients import OAuthClient
from daypass.federation.client_assertion import (
    parse_client_assertion,
    parse_client_keys,
)
from daypass.federation.client_certificate import check_certificate
from daypass.federation.oidc.errors import DocumentRefusedError
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.sts.audit import AuditEntry, Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.client_secrets import ClientSecrets
from daypass.sts.exchange_bounds import ExchangeBounds
from daypass.sts.pipeline import record_refusal
from daypass.sts.revocation_view import RevocationView
from daypass.sts.single_use import use_up

# What records call the proof of a client.
AUTHENTICATE: Final = "AuthenticateClient"
_ONCE: Final = "oauth-client-assertion"
# Refused proofs are counted for an address, whichever client they were for.
_BOUND: Final = "oauth-clients"
_KEY_SETS_MAX: Final = 1_000
_CLAIMED: Final = re.compile(
    rf"[\w+=,.@-]{{{limits.CLIENT_ID_CHARACTERS_MIN},{limits.CLIENT_ID_CHARACTERS_MAX}}}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class SecretProof:
    """A client shows its secret."""

    client_id: str
    secret: Secret
    method: AuthenticationMethod


@dataclass(frozen=True, slots=True)
class AssertionProof:
    """A client shows an assertion; the parameter `client_id` may come with it."""

    client_id: str | None
    assertion: Secret


@dataclass(frozen=True, slots=True)
class CertificateProof:
    """A client names itself on a connection with its certificate, in DER."""

    client_id: str
    certificate: bytes


ClientProof = SecretProof | AssertionProof | CertificateProof


@dataclass(frozen=True, slots=True)
class ProvenClient:
    """A client that has proven who it is, and the caller that it is."""

    client: OAuthClient
    caller: Caller


class ClientAuthenticator:
    """Proves OAuth clients.

    Args:
        issuer: our issuer identifier, for which assertions are meant.
        directory: the clients and their principals.
        secrets: checks secrets.
        guards: remembers assertions, which are good once.
        revocations: how far they are known.
        bounds: counts refused proofs.
        auditor: records refusals.
        clock: dates assertions.
        entropy: names the sessions of clients that act as roles.
    """

    def __init__(
        self,
        *,
        issuer: str,
        directory: Snapshot[Directory],
        secrets: ClientSecrets,
        guards: GuardStore,
        revocations: RevocationView,
        bounds: ExchangeBounds,
        auditor: Auditor,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._issuer = issuer
        self._directory = directory
        self._secrets = secrets
        self._guards = guards
        self._revocations = revocations
        self._bounds = bounds
        self._auditor = auditor
        self._clock = clock
        self._entropy = entropy
        self._key_sets: LruCache[str, JwkSet] = LruCache(size_max=_KEY_SETS_MAX)

    async def authenticate(
        self, proof: ClientProof | None, *, operation: str, call: CallContext
    ) -> ProvenClient:
        """Returns the client whose proof it is.

        Args:
            proof: as it came; None where none did.
            operation: what it asks for, for the record of a refusal.
            call: likewise.

        Raises:
            InvalidClientError: there is no proof, or it is not good.
            ThrottlingError: too many proofs of this address were not.
            UnavailableError: it cannot be told now.
        """
        entry = AuditEntry(
            AUTHENTICATE, call, None, call.request_id, resource=operation
        )
        try:
            if proof is None:
                raise InvalidClientError("no_proof")
            _record_claim(entry, proof)
            # What this worker may issue hangs on it, whoever asks.
            epoch = self._revocations.epoch
            directory = self._directory.current()
            with self._bounds.proof(_BOUND, call.source_address):
                client = await self._proven(proof, directory)
        except DaypassError as error:
            record_refusal(self._auditor, entry, error)
            raise
        user = directory.user_by_id(client.principal_id)
        if user is not None:
            # NOTE: it is shown in records alone; no access key looks like it.
            name = f"oauth-client/{client.client_id}"
            return ProvenClient(client, Caller(user.principal, name, "", epoch))
        role = directory.role_by_id(client.principal_id)
        # A directory resolves whom its clients act as.
        assert role is not None
        session = self._session(client, role)
        return ProvenClient(
            client,
            Caller(
                principal=_principal(role, session),
                access_key_id=session.access_key_id,
                region="",
                epoch=epoch,
                session=session,
            ),
        )

    async def _proven(self, proof: ClientProof, directory: Directory) -> OAuthClient:
        if isinstance(proof, AssertionProof):
            return await self._by_assertion(proof, directory)
        client = directory.oauth_client(proof.client_id)
        if isinstance(proof, SecretProof):
            await self._secrets.check(client, proof.secret, proof.method)
        elif client is not None:
            _check_certificate(client, proof.certificate)
        if client is None:
            raise InvalidClientError("client_unknown")
        return client

    async def _by_assertion(
        self, proof: AssertionProof, directory: Directory
    ) -> OAuthClient:
        unverified = parse_client_assertion(_text(proof.assertion))
        if proof.client_id not in (None, unverified.client_id):
            raise InvalidClientError("client_id_not_of_assertion")
        client = directory.oauth_client(unverified.client_id)
        if client is None:
            raise InvalidClientError("client_unknown")
        if AuthenticationMethod.PRIVATE_KEY_JWT not in client.methods:
            raise InvalidClientError("method_not_of_client")
        now = self._clock.now()
        verified = unverified.verify(
            keys=self._keys(client), audience=self._issuer, now=now
        )
        # Last, so that an assertion that was refused for another reason is not used.
        claimed = await use_up(
            self._guards,
            GuardKey(_ONCE, (client.client_id, verified.assertion_id)),
            now=now,
            expire_time=verified.until,
        )
        if not claimed:
            raise InvalidClientError("assertion_used_before")
        return client

    def _keys(self, client: OAuthClient) -> JwkSet:
        text = "" if client.keys is None else client.keys.text
        found = self._key_sets.get(text)
        if found is None:
            try:
                found = parse_client_keys(text)
            except DocumentRefusedError as error:
                # The load of a directory refuses such a set.
                raise InternalFailureError("keys_of_client") from error
            self._key_sets.put(text, found)
        return found

    def _session(self, client: OAuthClient, role: Role) -> Session:
        now = whole_second(self._clock.now())
        return Session(
            kind=SessionKind.ROLE,
            access_key_id=new_access_key_id(
                TEMPORARY_KEY_PREFIX, role.account_id, self._entropy
            ),
            account_id=role.account_id,
            principal_id=role.unique_id,
            session_name=client.client_id,
            issue_time=now,
            expire_time=now + role.max_session,
            epoch=self._revocations.epoch,
            derivation_key_id="",
            origin_id=role.unique_id,
        )


def _principal(role: Role, session: Session) -> RoleSession:
    return RoleSession(
        role.partition,
        role.account_id,
        role.path,
        role.name,
        role.unique_id,
        session.session_name,
    )


def _check_certificate(client: OAuthClient, certificate: bytes) -> None:
    if client.certificate is None:
        raise InvalidClientError("method_not_of_client")
    check_certificate(certificate, client.certificate)


def _text(assertion: Secret) -> str:
    try:
        return assertion.reveal().decode("ascii")
    except UnicodeDecodeError:
        raise InvalidClientError("assertion_not_ascii") from None


def _record_claim(entry: AuditEntry, proof: ClientProof) -> None:
    """Notes whom a proof claims to be of, if that has the form of a client id."""
    if proof.client_id is not None and _CLAIMED.fullmatch(proof.client_id):
        entry.attributes["claimed_client_id"] = proof.client_id
