"""What a verifier answers: claims that are good now, and how fresh that is.

NOTE: named tuples and not dataclasses, which take several times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from daypass_client.verifier.strict_json import JsonValue


class SessionClaims(NamedTuple):
    """What a good session token says.

    A token names roles and users by unique id: their ARNs only a server knows. That
    the token is good says nothing of who sent it: only a signature does.

    Attributes:
        kind: `role`, `user`, `federated-user`, `root-task` or `delegated`.
        account_id: the account that owns the session.
        access_key_id: names the session.
        principal_id: the unique id of its role or user; for root the account id.
        session_name: of a role session or federated user; otherwise empty.
        issue_time: when it was issued.
        expire_time: when it ends.
        origin_id: the unique id of whoever began the chain of sessions.
        source_identity: sticks to the chain; empty for none.
        tags: session tags.
        transitive_tag_keys: keys of those that pass on.
        mfa_time: when a second factor was shown; None for never.
        federated_provider: whose proof began it; empty for none.
        federated_keys: the condition keys that this proof leaves.
        ring_id: names the deployment that issued it.
    """

    kind: str
    account_id: str
    access_key_id: str
    principal_id: str
    session_name: str
    issue_time: datetime
    expire_time: datetime
    origin_id: str
    source_identity: str
    tags: Mapping[str, str]
    transitive_tag_keys: tuple[str, ...]
    mfa_time: datetime | None
    federated_provider: str
    federated_keys: Mapping[str, tuple[str, ...]]
    ring_id: str


class Party(NamedTuple):
    """Somebody that a token names: the issuer, and what it calls them."""

    issuer: str
    subject: str


class ExchangedClaims(NamedTuple):
    """What a good token says that came of an exchange.

    Attributes:
        use: `access`, `id` or `jwt`.
        token_id: the claim `jti`.
        subject: the claim `sub`: issuer, `#` and subject.
        party: the same in two parts.
        audiences: whom it is meant for.
        scopes: what it grants.
        client_arn: the user or role that it was issued to.
        account_id: the account of that user or role.
        actors: who acts for the subject, the present one first; only that one counts
            for access.
        issue_time: when it was issued.
        expire_time: when it ends.
        issuer: the issuer of the deployment.
    """

    use: str
    token_id: str
    subject: str
    party: Party
    audiences: tuple[str, ...]
    scopes: tuple[str, ...]
    client_arn: str
    account_id: str
    actors: tuple[Party, ...]
    issue_time: datetime
    expire_time: datetime
    issuer: str


class IdentityClaims(NamedTuple):
    """What a good identity token says, as GetWebIdentityToken issues them.

    Attributes:
        token_id: the claim `jti`.
        issuer: the issuer of the account.
        subject: the ARN of the user or role.
        audiences: whom it is meant for.
        issue_time: when it was issued.
        expire_time: when it ends.
        facts: what else it says of the principal.
        others: claims that are not known here.
    """

    token_id: str
    issuer: str
    subject: str
    audiences: tuple[str, ...]
    issue_time: datetime
    expire_time: datetime
    facts: Mapping[str, JsonValue]
    others: Mapping[str, JsonValue]


ClaimsT = TypeVar("ClaimsT", SessionClaims, ExchangedClaims, IdentityClaims)


class Verified(NamedTuple, Generic[ClaimsT]):
    """A token that is good now.

    Attributes:
        claims: what it says.
        revocation_view_seconds: how long ago, at most, revocations were last read;
            None where they are not followed.
    """

    claims: ClaimsT
    revocation_view_seconds: float | None

    @property
    def revocation_view_age(self) -> timedelta | None:
        """How long ago, at most, revocations were last read."""
        seconds = self.revocation_view_seconds
        return None if seconds is None else timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class VerifierStatus:
    """How a verifier fares, for a health check or a metric.

    Attributes:
        key_ids: the keys that it has.
        ignored_key_ids: keys of the set that are of no algorithm that is known, or
            unsafe; tokens of them are refused.
        key_set_age: how old the key set is; None for none.
        revocation_view_age: how old its knowledge of revocations is; None for none.
        revocations: how many are in force.
        last_error: what asking last failed with, keys and revocations alike; None
            where it has not failed since it last went well.
    """

    key_ids: tuple[str, ...]
    ignored_key_ids: tuple[str, ...]
    key_set_age: timedelta | None
    revocation_view_age: timedelta | None
    revocations: int
    last_error: Exception | None
