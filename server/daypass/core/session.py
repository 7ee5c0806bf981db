"""A session: what its token says, and what the store keeps of it.

SPEC: design 6; sts-operations 0.6 to 0.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from daypass.core.quick import quick_init
from daypass.core.revocation import Epoch


class SessionKind(StrEnum):
    """Which operation a session came from; the values are part of the token."""

    # AssumeRole and its SAML and web-identity kin.
    ROLE = "role"
    # GetSessionToken.
    USER = "user"
    # GetFederationToken.
    FEDERATED_USER = "federated-user"
    # AssumeRoot.
    ROOT_TASK = "root-task"
    # GetDelegatedAccessToken.
    DELEGATED = "delegated"


def _no_tags() -> Mapping[str, str]:
    return MappingProxyType({})


def _no_keys() -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({})


@quick_init
@dataclass(frozen=True, slots=True)
class SessionPolicies:
    """The session policies: an inline document as it was sent, and managed ARNs."""

    inline: str | None = None
    managed_arns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tells whether there is any session policy."""
        return self.inline is not None or bool(self.managed_arns)


@quick_init
@dataclass(frozen=True, slots=True)
class Session:
    """A session as its signed token carries it.

    Attributes:
        kind: the operation it came from.
        access_key_id: the id of its credentials, which names the session.
        account_id: the account that owns the credentials.
        principal_id: the unique id of the role or user whose session it is; for
            a session of a root user, the account id. Of a delegated session it is
            that of the approver.
        session_name: the role session's or federated user's name, else empty; of a
            delegated session the approver's.
        issue_time: when it was issued, in whole seconds, UTC.
        expire_time: when it ends, in whole seconds, UTC.
        epoch: how far the revocation log had been read when it was issued.
        derivation_key_id: which derivation secret gives its secret access key.
        origin_id: the unique id of the principal that began the chain; the role's
            own where the proof of a provider began it.
        chain_began: when the first session of its chain was issued; None where it
            is the first itself.
        ancestors: the access key ids of the sessions it was chained from, the
            oldest first. A session of GetSessionToken begins with the long-term
            key that it was asked for with, and so does what is chained from it. A
            delegated session has the credentials of its approver first, and then
            those of whoever traded the approval in.
        ancestor_principals: the unique ids of the roles and users whose sessions
            the ancestors are, each once; revoking one of them ends this session. Before
            them the account of the long-term key that began the chain where that is
            another one, as a root user, whose unique id is its account.
        tags: session tags, transitive and inherited ones included, keys as sent.
        transitive_tag_keys: those of the tags that pass on to the next hop.
        source_identity: sticky, or None.
        mfa_time: when a second factor was shown, only in sessions of a user.
        federated_provider: the provider whose proof began it, or None.
        federated_keys: the condition keys that this proof leaves to later requests,
            such as `saml:sub`, with their values.
        policies: the session policies.
    """

    kind: SessionKind
    access_key_id: str
    account_id: str
    principal_id: str
    session_name: str
    issue_time: datetime
    expire_time: datetime
    epoch: Epoch
    derivation_key_id: str
    origin_id: str
    chain_began: datetime | None = None
    ancestors: tuple[str, ...] = ()
    ancestor_principals: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=_no_tags)
    transitive_tag_keys: frozenset[str] = frozenset()
    source_identity: str | None = None
    mfa_time: datetime | None = None
    federated_provider: str | None = None
    federated_keys: Mapping[str, tuple[str, ...]] = field(default_factory=_no_keys)
    policies: SessionPolicies = SessionPolicies()

    @property
    def chain_begin(self) -> datetime:
        """When the first session of its chain was issued."""
        return self.issue_time if self.chain_began is None else self.chain_began


@quick_init
@dataclass(frozen=True, slots=True)
class CallBinding:
    """The signed call that a session was issued to, and that is issued no other.

    Attributes:
        call_id: names the call.
        mint_id: tells this session from others that were tried for the same call,
            of which none is there any more.
        token_digest: names what the session's token says.
        keep_until: until when the record is kept at least, because the call may be
            sent again for longer than the session lasts.
    """

    call_id: str
    mint_id: str
    token_digest: str
    keep_until: datetime


@quick_init
@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What the store keeps of a session, for operators to see.

    It grants nothing and holds no secret: a signed token, not this record, is
    what proves a session.

    Attributes:
        access_key_id: names the session.
        kind: the operation it came from.
        account_id: the account that owns it.
        principal_id: the unique id of its role or user.
        principal_arn: the ARN of its role or user when it was issued.
        session_name: the role session's name, else empty.
        issue_time: when it was issued.
        expire_time: when it ends; the store shows it no more then.
        issued_to: the ARN of the caller that asked for it, or of the provider whose
            proof began it.
        parent_access_key_id: the credentials that asked for it, empty for a proof.
        origin_id: the unique id of the principal that began the chain.
        ancestors: as in the session; a revocation of one of them ends it.
        epoch: as in the session; it decides which revocations touch it.
        source_identity: as in the session.
        binding: the signed call that it was issued to, or None.
    """

    access_key_id: str
    kind: SessionKind
    account_id: str
    principal_id: str
    principal_arn: str
    session_name: str
    issue_time: datetime
    expire_time: datetime
    issued_to: str
    parent_access_key_id: str
    origin_id: str
    epoch: Epoch
    ancestors: tuple[str, ...] = ()
    source_identity: str | None = None
    binding: CallBinding | None = None

    @property
    def keep_until(self) -> datetime:
        """Until when the store keeps it, and its access key id is taken."""
        if self.binding is None:
            return self.expire_time
        return max(self.expire_time, self.binding.keep_until)
