"""What calls take and answer: frozen values, free of protobuf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from daypass_client.credentials import Credentials


def _no_tags() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRequest:
    """A role to assume, and how.

    Attributes:
        role_arn: the ARN of the role, path included.
        session_name: names the session; None makes a name from the time.
        duration: until the credentials end, in whole seconds; None lets the
            server choose, which means an hour.
        external_id: what the owner of the role has agreed upon with the caller.
        policy: a session policy in JSON; it only takes away.
        policy_arns: managed session policies of the role's account.
        tags: session tags.
        transitive_tag_keys: keys of those tags that pass on along a chain.
        source_identity: who is behind the session; it sticks to the chain.
        serial_number: the second factor of the calling user, as a serial number or
            an ARN.
        token_code: the six digits that it shows; they are not shown here. A client
            asks for them where a role of its profile has the number alone.
        provided_contexts: statements of other parties: the ARN of a context
            provider and its signed assertion, which is not shown.
    """

    role_arn: str
    session_name: str | None = None
    duration: timedelta | None = None
    external_id: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=_no_tags)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    serial_number: str | None = None
    token_code: str | None = field(default=None, repr=False)
    provided_contexts: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """Who is calling: the unique id, the account and the ARN."""

    user_id: str
    account: str
    arn: str


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """A new session of a role.

    Attributes:
        credentials: the new credentials.
        arn: the ARN of the session.
        assumed_role_id: the unique id of the role, a colon and the session name.
        source_identity: sent or inherited; empty for none.
        packed_policy_size: how much of the room for session policies and tags is
            used, in percent; None where there are neither.
    """

    credentials: Credentials
    arn: str
    assumed_role_id: str
    source_identity: str
    packed_policy_size: int | None


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What a good session token says; see `VerifiedToken` in token_service.proto.

    That the token is good says nothing of who sent it: only a signature does.
    """

    kind: str
    principal_arn: str
    principal_user_id: str
    account_id: str
    access_key_id: str
    session_name: str
    issue_time: datetime
    expire_time: datetime
    source_identity: str
    tags: Mapping[str, str]
    transitive_tag_keys: tuple[str, ...]
    origin_id: str
    revocation_view_age: timedelta


@dataclass(frozen=True, slots=True)
class Session:
    """A session as it was issued; see `Session` in session_service.proto."""

    access_key_id: str
    kind: str
    account_id: str
    principal_id: str
    principal_arn: str
    session_name: str
    issue_time: datetime
    expire_time: datetime
    requester_arn: str
    parent_access_key_id: str
    origin_id: str
    source_identity: str


@dataclass(frozen=True, slots=True)
class SessionPage:
    """A page of sessions, and the token of the next one; empty at the end."""

    sessions: tuple[Session, ...]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """A revocation: its number, and whether every server knows of it by now."""

    sequence: int
    effective_everywhere: bool


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that verifies tokens, as the members of a JWK (RFC 7517)."""

    kid: str
    kty: str
    alg: str
    use: str
    crv: str
    x: str
    y: str
    n: str
    e: str

    def as_jwk(self) -> dict[str, str]:
        """Returns the members that the key has, for a JSON Web Key Set."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in members.items() if value}


@dataclass(frozen=True, slots=True)
class KeySet:
    """The published keys, and how long they may be kept."""

    keys: tuple[PublicKey, ...]
    max_age: timedelta
