"""Who may be asking: the kinds of principal, with the names by which each is known.

SPEC: sts-operations 1.7; policy-language 1 and 6.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from daypass.core.arn import (
    entity_arn,
    federated_user_arn,
    role_session_arn,
    root_arn,
)
from daypass.core.quick import quick_init


class PrincipalType(StrEnum):
    """The values of `aws:PrincipalType`."""

    ACCOUNT = "Account"
    USER = "User"
    ASSUMED_ROLE = "AssumedRole"
    FEDERATED_USER = "FederatedUser"
    ANONYMOUS = "Anonymous"


@dataclass(frozen=True, slots=True)
class RootUser:
    """The root user of an account."""

    partition: str
    account_id: str

    @property
    def arn(self) -> str:
        """The ARN that GetCallerIdentity shows."""
        return root_arn(self.partition, self.account_id)

    @property
    def principal_arn(self) -> str:
        """The value of `aws:PrincipalArn`."""
        return self.arn

    @property
    def user_id(self) -> str:
        """The value of `aws:userid`."""
        return self.account_id

    @property
    def principal_type(self) -> PrincipalType:
        """The value of `aws:PrincipalType`."""
        return PrincipalType.ACCOUNT


@dataclass(frozen=True, slots=True)
class User:
    """A user, with long-term keys or with a session from GetSessionToken.

    Attributes:
        arn: the user's ARN, path included.
    """

    partition: str
    account_id: str
    path: str
    name: str
    unique_id: str
    # Made once: each record of a call names its caller by it.
    arn: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Puts the ARN together."""
        arn = entity_arn(self.partition, self.account_id, "user", self.path, self.name)
        object.__setattr__(self, "arn", arn)

    @property
    def principal_arn(self) -> str:
        """The value of `aws:PrincipalArn`."""
        return self.arn

    @property
    def user_id(self) -> str:
        """The value of `aws:userid`."""
        return self.unique_id

    @property
    def principal_type(self) -> PrincipalType:
        """The value of `aws:PrincipalType`."""
        return PrincipalType.USER


@quick_init
@dataclass(frozen=True, slots=True)
class RoleSession:
    """A session of a role, from any operation of the AssumeRole family."""

    partition: str
    account_id: str
    role_path: str
    role_name: str
    role_id: str
    session_name: str

    @property
    def arn(self) -> str:
        """The session's ARN, in which the role's path is dropped."""
        return role_session_arn(
            self.partition, self.account_id, self.role_name, self.session_name
        )

    @property
    def principal_arn(self) -> str:
        """The value of `aws:PrincipalArn`: the role's ARN, path included."""
        return entity_arn(
            self.partition, self.account_id, "role", self.role_path, self.role_name
        )

    @property
    def user_id(self) -> str:
        """The value of `aws:userid`, which is also the AssumedRoleId."""
        return f"{self.role_id}:{self.session_name}"

    @property
    def principal_type(self) -> PrincipalType:
        """The value of `aws:PrincipalType`."""
        return PrincipalType.ASSUMED_ROLE


@dataclass(frozen=True, slots=True)
class FederatedUser:
    """A session from GetFederationToken, with the user or root that asked for it."""

    partition: str
    account_id: str
    name: str
    federating: User | RootUser

    @property
    def arn(self) -> str:
        """The federated user's ARN."""
        return federated_user_arn(self.partition, self.account_id, self.name)

    @property
    def principal_arn(self) -> str:
        """The value of `aws:PrincipalArn`."""
        return self.arn

    @property
    def user_id(self) -> str:
        """The value of `aws:userid`."""
        return f"{self.account_id}:{self.name}"

    @property
    def principal_type(self) -> PrincipalType:
        """The value of `aws:PrincipalType`."""
        return PrincipalType.FEDERATED_USER


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    """A service that calls in its own name, such as `ec2.amazonaws.com`."""

    name: str


@dataclass(frozen=True, slots=True)
class FederatedProvider:
    """A SAML or OIDC provider, while a proof of its making is being exchanged.

    `provider` is the provider's ARN, or the domain of a built-in one.
    """

    provider: str


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Somebody without any proof."""


# A principal that an account owns and that may hold credentials of ours.
AccountPrincipal = RootUser | User | RoleSession | FederatedUser
# Everything that a policy may be asked about.
Principal = AccountPrincipal | ServicePrincipal | FederatedProvider | Anonymous
