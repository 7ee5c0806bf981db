"""What operations that issue something take and answer: frozen values.

Tokens and assertions that go out are not shown; those that come back are secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from daypass_client.credentials import Credentials
from daypass_client.secret import Secret


def _no_tags() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIdentityRequest:
    """A role to assume with the token of an OpenID Connect provider.

    Attributes:
        role_arn: the ARN of the role, path included.
        token: the token, which is the proof; it is not shown.
        session_name: names the session; None makes a name from the time.
        provider_id: the host of a provider whose tokens are no JSON Web Tokens.
        duration: until the credentials end; None means an hour.
        policy: a session policy in JSON; it only takes away.
        policy_arns: managed session policies of the role's account.
    """

    role_arn: str
    token: str = field(repr=False)
    session_name: str | None = None
    provider_id: str | None = None
    duration: timedelta | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIdentitySource:
    """A role that a profile assumes with a token that lies in a file.

    The file is read anew each time, because whoever runs the program replaces it.
    """

    role_arn: str
    token_file: Path
    session_name: str | None = None
    duration: timedelta | None = None

    def request(self, token: str) -> WebIdentityRequest:
        """Returns what to ask for with the token of the file."""
        return WebIdentityRequest(
            role_arn=self.role_arn,
            token=token,
            session_name=self.session_name,
            duration=self.duration,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlRequest:
    """A role to assume with a SAML assertion.

    Attributes:
        role_arn: the ARN of the role, one of those in the assertion.
        principal_arn: the ARN of the SAML provider beside it.
        assertion: the whole SAML response in base64; it is not shown.
        duration: until the credentials end; None means an hour. The assertion may
            shorten it.
        policy: a session policy in JSON; it only takes away.
        policy_arns: managed session policies of the role's account.
    """

    role_arn: str
    principal_arn: str
    assertion: str = field(repr=False)
    duration: timedelta | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationRequest:
    """A federated user: a name that the caller vouches for.

    Attributes:
        name: the name.
        policy: a session policy in JSON. Without any, nothing is allowed.
        policy_arns: managed session policies of the caller's account.
        tags: session tags.
        duration: until the credentials end; None means twelve hours.
    """

    name: str
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=_no_tags)
    duration: timedelta | None = None


@dataclass(frozen=True, slots=True)
class WebIdentityRole:
    """A new session of a role, by a token; see `AssumedRole` for what it shares.

    Attributes:
        subject: the subject of the token.
        provider: the ARN of the identity provider.
        audience: the authorised party of the token, or else its audience.
    """

    credentials: Credentials
    arn: str
    assumed_role_id: str
    source_identity: str
    packed_policy_size: int | None
    subject: str
    provider: str
    audience: str


@dataclass(frozen=True, slots=True)
class SamlRole:
    """A new session of a role, by an assertion; see `AssumedRole` for what it shares.

    Attributes:
        subject: the NameID of the assertion.
        subject_type: its format, such as `persistent`.
        issuer: the issuer of the assertion.
        audience: the recipient that the assertion names.
        name_qualifier: with a persistent subject it identifies a person for good.
    """

    credentials: Credentials
    arn: str
    assumed_role_id: str
    source_identity: str
    packed_policy_size: int | None
    subject: str
    subject_type: str
    issuer: str
    audience: str
    name_qualifier: str


@dataclass(frozen=True, slots=True)
class FederatedUser:
    """A new session of a federated user; without session policies there is no size."""

    credentials: Credentials
    arn: str
    federated_user_id: str
    packed_policy_size: int | None


@dataclass(frozen=True, slots=True)
class RootSession:
    """Credentials for one task of a root user; the source identity may be empty."""

    credentials: Credentials
    source_identity: str


@dataclass(frozen=True, slots=True)
class DelegatedAccess:
    """Credentials in the account of a customer, and the ARN as whom they act."""

    credentials: Credentials
    assumed_principal_arn: str
    packed_policy_size: int | None


@dataclass(frozen=True, slots=True)
class IdentityToken:
    """A token that names the caller to other services, and when it ends."""

    token: Secret
    expiration: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeInRequest:
    """An approval that another account acts as the caller: a policy, ARNs, or both.

    Attributes:
        partner_account_id: the account whose users and roles may trade the token in.
        policy: what they may do at most, as a policy in JSON.
        policy_arns: the same as managed policies.
        session_duration: how long their credentials last; None means an hour.
        token_lifetime: how long the token may be traded in; None means an hour.
    """

    partner_account_id: str
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    session_duration: timedelta | None = None
    token_lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class TradeInToken:
    """A token that another account trades in once, and what names the approval."""

    token: Secret
    delegation_id: str
    expire_time: datetime
