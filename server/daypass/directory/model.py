"""The directory as requests see it: frozen, resolved, and replaced as a whole.

Every reference is resolved: a user holds the policies of its groups, a trust
policy holds unique ids. Lookups answer None for what is not there and take the
same path whether an account exists or not.

SPEC: design 8; sts-operations 0.11 and 2; policy-language 7.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    SingleSignOn,
    WorkloadMapping,
)
from daypass.directory.exchange_policies import ExchangePolicy
from daypass.directory.oauth_clients import OAuthClient
from daypass.policy.document import Policy

# The levels of organisation policies over an account, the root's first. Each
# level must allow; no levels means that the kind of policy does not apply.
PolicyLevels = tuple[tuple[Policy, ...], ...]


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


KeyOwner = UserEntry | RootEntry


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Directory:
    """Everything that is declared, as one value; make it with `Directory.of`.

    Attributes:
        digest: names the content: two directories of one digest were made of the same
            texts and the same unique ids.
        sso: what is declared of single sign-on.
        access_keys: long-term access keys by id, active or not, and whose each is.
    """

    digest: str
    sso: SingleSignOn
    access_keys: Mapping[str, tuple[AccessKey, KeyOwner]]
    _accounts: Mapping[str, Account]
    _roles: Mapping[str, Role]
    _role_ids: Mapping[str, Role]
    _users: Mapping[str, UserEntry]
    _user_ids: Mapping[str, UserEntry]
    _oauth_clients: Mapping[str, OAuthClient]
    _managed: Mapping[str, ManagedPolicy]
    _scp: Mapping[str, PolicyLevels]
    _rcp: Mapping[str, PolicyLevels]

    @classmethod
    def of(
        cls,
        *,
        digest: str,
        accounts: Iterable[Account] = (),
        users: Iterable[UserEntry] = (),
        roles: Iterable[Role] = (),
        managed_policies: Iterable[ManagedPolicy] = (),
        scp_levels: Mapping[str, PolicyLevels] = MappingProxyType({}),
        rcp_levels: Mapping[str, PolicyLevels] = MappingProxyType({}),
        sso: SingleSignOn | None = None,
    ) -> Directory:
        """Makes a directory of entities that fit together.

        Args:
            digest: names the content.
            accounts: with their root users' keys.
            users: with their keys.
            roles: with resolved trust policies.
            managed_policies: of all accounts, and those that `aws` owns.
            scp_levels: by account id.
            rcp_levels: by account id.
            sso: what is declared of single sign-on.
        """
        accounts, users, roles = tuple(accounts), tuple(users), tuple(roles)
        owners: tuple[KeyOwner, ...] = (*users, *(one.root for one in accounts))
        return cls(
            digest=digest,
            sso=sso or SingleSignOn(),
            _accounts={one.account_id: one for one in accounts},
            _roles={role.arn: role for role in roles},
            _role_ids={role.unique_id: role for role in roles},
            _users={user.principal.arn: user for user in users},
            _user_ids={user.principal.unique_id: user for user in users},
            access_keys={
                key.access_key_id: (key, owner)
                for owner in owners
                for key in owner.access_keys
            },
            _oauth_clients={
                name: client
                for one in accounts
                for name, client in one.oauth_clients.items()
            },
            _managed={policy.arn: policy for policy in managed_policies},
            _scp=dict(scp_levels),
            _rcp=dict(rcp_levels),
        )

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Every account."""
        return tuple(self._accounts.values())

    @property
    def roles(self) -> tuple[Role, ...]:
        """Every role of every account."""
        return tuple(self._roles.values())

    @property
    def users(self) -> tuple[UserEntry, ...]:
        """Every user of every account."""
        return tuple(self._users.values())

    @property
    def managed_policies(self) -> tuple[ManagedPolicy, ...]:
        """Every managed policy, those that `aws` owns among them."""
        return tuple(self._managed.values())

    def account(self, account_id: str) -> Account | None:
        """Returns an account."""
        return self._accounts.get(account_id)

    def role_by_arn(self, arn: str) -> Role | None:
        """Returns a role by its whole ARN, path and case included."""
        return self._roles.get(arn)

    def role_by_id(self, unique_id: str) -> Role | None:
        """Returns a role by its unique id."""
        return self._role_ids.get(unique_id)

    def user_by_arn(self, arn: str) -> UserEntry | None:
        """Returns a user by its whole ARN, path and case included."""
        return self._users.get(arn)

    def user_by_id(self, unique_id: str) -> UserEntry | None:
        """Returns a user by its unique id."""
        return self._user_ids.get(unique_id)

    def oauth_client(self, client_id: str) -> OAuthClient | None:
        """Returns the OAuth client of this id, whichever account declares it."""
        return self._oauth_clients.get(client_id)

    def managed_policy(self, arn: str) -> ManagedPolicy | None:
        """Returns a managed policy of any account, or one that `aws` owns."""
        return self._managed.get(arn)

    def scp_levels(self, account_id: str) -> PolicyLevels:
        """Returns the service control policies over an account's principals."""
        return self._scp.get(account_id, ())

    def rcp_levels(self, account_id: str) -> PolicyLevels:
        """Returns the resource control policies over an account's resources."""
        return self._rcp.get(account_id, ())
