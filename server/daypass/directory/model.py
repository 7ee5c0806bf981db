"""The directory as requests see it: frozen, resolved, and replaced as a whole.

Every reference in its entities is resolved. Lookups answer None for what is not
there and take the same path whether an account exists or not.

SPEC: design 8; sts-operations 0.11 and 2; policy-language 7.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from daypass.directory.declared import SingleSignOn
from daypass.directory.entities import (
    AccessKey,
    Account,
    ManagedPolicy,
    Role,
    RootEntry,
    UserEntry,
)
from daypass.directory.oauth_clients import OAuthClient
from daypass.policy.document import Policy

# The levels of organisation policies over an account, the root's first. Each
# level must allow; no levels means that the kind of policy does not apply.
PolicyLevels = tuple[tuple[Policy, ...], ...]

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
