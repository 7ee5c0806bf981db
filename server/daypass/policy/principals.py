"""The principal part of a statement, and how closely it names a caller.

SPEC: policy-language 2.1 and 7.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from daypass.core.arn import root_arn
from daypass.core.principal import (
    AccountPrincipal,
    FederatedProvider,
    Principal,
    RoleSession,
    RootUser,
    ServicePrincipal,
    User,
)
from daypass.core.quick import quick_init
from daypass.policy.arns import split_arn

_NOBODY: frozenset[str] = frozenset()


class Strength(IntEnum):
    """How closely an Allow of a resource policy names the caller (7.1)."""

    NONE = 0
    # The account is named: it may grant, and has not granted yet.
    ACCOUNT = 1
    # The role or user behind a session is named.
    ENTITY = 2
    # The caller itself is named, or everyone is.
    DIRECT = 3


@quick_init
@dataclass(frozen=True, slots=True)
class PrincipalSet:
    """The entries of Principal or NotPrincipal.

    Attributes:
        everyone: whether it is the bare `*`, which covers every caller.
        every_aws: whether an AWS entry is `*`, which covers every caller except
            services and federated providers.
        aws: account ids and ARNs, unique ids, and ARNs of sessions, users and roles.
        services: names of services.
        federated: ARNs and domains of identity providers.
        negated: whether it is NotPrincipal.
    """

    everyone: bool = False
    every_aws: bool = False
    aws: frozenset[str] = _NOBODY
    services: frozenset[str] = _NOBODY
    federated: frozenset[str] = _NOBODY
    negated: bool = False


@quick_init
@dataclass(frozen=True, slots=True)
class CallerNames:
    """The names by which a principal element may know a caller.

    Attributes:
        direct: the names of the caller itself.
        entity: the names of the role or user behind a session.
        account: the names of its account.
        service: its name, if it is a service.
        provider: its name, if it is an identity provider.
        partition: the partition it lives in, if it has one.
        provider_account: the account that an identity provider belongs to, if any.
    """

    direct: tuple[str, ...] = ()
    entity: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    service: str | None = None
    provider: str | None = None
    partition: str | None = None
    provider_account: str | None = None

    @classmethod
    def of(cls, principal: Principal) -> CallerNames:
        """Returns the names of a caller."""
        if isinstance(principal, AccountPrincipal):
            return _account_names(principal)
        if isinstance(principal, ServicePrincipal):
            return cls(service=principal.name)
        if isinstance(principal, FederatedProvider):
            return _provider_names(principal.provider)
        return cls()

    def may_be_named(self, partition: str | None, account: str) -> bool:
        """Tells whether an Allow of a resource can mean this caller at all.

        Partitions never trust each other, and a role trusts no identity provider of
        another account.

        Args:
            partition: the partition of the resource, if it is an ARN.
            account: the account of the resource.
        """
        if None not in (partition, self.partition) and partition != self.partition:
            return False
        return self.provider_account in (None, account)


def _provider_names(provider: str) -> CallerNames:
    """Returns the name of a provider; a built-in one belongs to no account."""
    segments = split_arn(provider)
    if segments is None:
        return CallerNames(provider=provider)
    _, partition, _, _, account, _ = segments
    return CallerNames(provider=provider, partition=partition, provider_account=account)


def _account_names(principal: AccountPrincipal) -> CallerNames:
    partition = principal.partition
    account = (principal.account_id, root_arn(partition, principal.account_id))
    if isinstance(principal, RootUser):
        return CallerNames(direct=account, partition=partition)
    if isinstance(principal, User):
        direct = (principal.arn, principal.unique_id)
        return CallerNames(direct, (), account, partition=partition)
    if isinstance(principal, RoleSession):
        direct = (principal.arn, principal.user_id)
        entity = (principal.principal_arn, principal.role_id)
        return CallerNames(direct, entity, account, partition=partition)
    user = principal.federating
    behind = (user.arn, user.unique_id) if isinstance(user, User) else ()
    return CallerNames((principal.arn,), behind, account, partition=partition)


def strength(principals: PrincipalSet, caller: CallerNames) -> Strength:
    """Tells how closely a Principal element names a caller (the table of 7.1)."""
    if principals.everyone:
        return Strength.DIRECT
    if caller.service is not None:
        named = caller.service in principals.services
        return Strength.DIRECT if named else Strength.NONE
    if caller.provider is not None:
        named = caller.provider in principals.federated
        return Strength.DIRECT if named else Strength.NONE
    if principals.every_aws:
        return Strength.DIRECT
    for names, found in (
        (caller.direct, Strength.DIRECT),
        (caller.entity, Strength.ENTITY),
        (caller.account, Strength.ACCOUNT),
    ):
        if not principals.aws.isdisjoint(names):
            return found
    return Strength.NONE


def is_denied(
    principals: PrincipalSet, caller: CallerNames, *, has_boundary: bool
) -> bool:
    """Tells whether the principal part of a Deny matches a caller.

    A Principal element hits the whole chain: the role of a session, the user of a
    federated session, the account of anyone. A NotPrincipal element spares those
    whom it names, themselves or their role or user, and never a caller who has a
    permissions boundary.
    """
    if not principals.negated:
        return strength(principals, caller) is not Strength.NONE
    return has_boundary or not _is_named(principals, caller)


def _is_named(principals: PrincipalSet, caller: CallerNames) -> bool:
    """Tells whether an entry names the caller, its role or its user; `*` does not."""
    if caller.service is not None:
        return caller.service in principals.services
    if caller.provider is not None:
        return caller.provider in principals.federated
    return not principals.aws.isdisjoint(caller.direct + caller.entity)
