"""What a directory consists of: accounts, and what there is in them, resolved.

A user holds the policies of its groups, a trust policy holds unique ids.

SPEC: design 8; sts-operations 0.11 and 2; policy-language 7.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from daypass.core.arn import entity_arn
from daypass.core.principal import RootUser, User
from daypass.core.quick import quick_init
from daypass.core.secret import Secret
from daypass.directory.declared import (
    MfaDevice,
    OidcProvider,
    OutboundFederation,
    RootFeature,
    SamlProvider,
    WorkloadMapping,
)
from daypass.directory.exchange_policies import ExchangePolicy
from daypass.directory.oauth_clients import OAuthClient
from daypass.policy.document import Policy


def _no_tags() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A long-term access key; an inactive one must be refused by its reader."""

    access_key_id: str
    secret_access_key: Secret
    active: bool


@dataclass(frozen=True, slots=True)
class RootEntry:
    """The root user of an account, with its access keys."""

    principal: RootUser
    access_keys: tuple[AccessKey, ...] = ()


@dataclass(frozen=True, slots=True)
class UserEntry:
    """A user.

    Attributes:
        principal: the names it is known by, the unique id among them.
        policies: inline, attached, and those of its groups.
        boundary: caps what the policies allow, or None.
        tags: keys as declared.
        access_keys: at most two.
        groups: the names of its groups.
    """

    principal: User
    policies: tuple[Policy, ...]
    boundary: Policy | None = None
    tags: Mapping[str, str] = field(default_factory=_no_tags)
    access_keys: tuple[AccessKey, ...] = ()
    groups: tuple[str, ...] = ()


@quick_init
@dataclass(frozen=True, slots=True)
class Role:
    """A role.

    Attributes:
        partition: such as `aws`.
        account_id: the account that owns it.
        path: begins and ends with a slash.
        name: unique in the account, ignoring case.
        unique_id: `AROA…`, of this role and never of another.
        trust: who may assume it; user and role ARNs in it are unique ids.
        policies: inline and attached.
        boundary: caps what the policies allow, or None.
        max_session: the longest session that may be asked for.
        tags: keys as declared.
    """

    partition: str
    account_id: str
    path: str
    name: str
    unique_id: str
    trust: Policy
    policies: tuple[Policy, ...]
    boundary: Policy | None
    max_session: timedelta
    tags: Mapping[str, str] = field(default_factory=_no_tags)

    @property
    def arn(self) -> str:
        """The role's ARN, path included."""
        return entity_arn(self.partition, self.account_id, "role", self.path, self.name)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of users, which is never a principal."""

    arn: str
    name: str
    unique_id: str
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class ManagedPolicy:
    """A policy with a name of its own.

    Attributes:
        arn: `arn:P:iam::<owner>:policy<path><name>`.
        owner: an account id, or `aws` for one that every account may use.
        document: its text as compact JSON.
        policy: the document, parsed.
    """

    arn: str
    owner: str
    document: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Account:
    """An account with what is declared in it.

    Attributes:
        partition: such as `aws`.
        account_id: twelve digits.
        name: for people.
        root: its root user.
        organization_id: the organisation that it is in, or None.
        organization_path: `<organization>/root/<unit>/…/`, or None.
        management_account_id: the account that manages its organisation, or None.
        root_administrator_ids: the accounts whose callers may ask for its root user:
            the one that manages, and the one that it has delegated this to.
        root_features: which tasks of root users the organisation has enabled.
        groups: by name.
        saml_providers: by ARN.
        oidc_providers: by ARN.
        mfa_devices: by serial number.
        workloads: by SPIFFE ID.
        exchange_policies: by name.
        outbound_federation: whether it names its principals to others, or None.
        oauth_clients: by client id.
    """

    partition: str
    account_id: str
    name: str
    root: RootEntry
    organization_id: str | None = None
    organization_path: str | None = None
    management_account_id: str | None = None
    root_administrator_ids: frozenset[str] = frozenset()
    root_features: frozenset[RootFeature] = frozenset()
    groups: Mapping[str, Group] = field(default_factory=dict)
    saml_providers: Mapping[str, SamlProvider] = field(default_factory=dict)
    oidc_providers: Mapping[str, OidcProvider] = field(default_factory=dict)
    mfa_devices: Mapping[str, MfaDevice] = field(default_factory=dict)
    workloads: Mapping[str, WorkloadMapping] = field(default_factory=dict)
    exchange_policies: Mapping[str, ExchangePolicy] = field(default_factory=dict)
    outbound_federation: OutboundFederation | None = None
    oauth_clients: Mapping[str, OAuthClient] = field(default_factory=dict)
