"""What an account declares besides users, groups, roles and policies.

SPEC: sts-operations 1.2, 1.3 and 2.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from daypass.core.arn import entity_arn
from daypass.core.principal import RootUser
from daypass.directory.declared import (
    KeySetFile,
    MfaDevice,
    OidcProvider,
    OutboundFederation,
    SamlProvider,
    WorkloadMapping,
)
from daypass.directory.entities import AccessKey, Account, Group, RootEntry
from daypass.directory.exchange_policies import ExchangePolicy
from daypass.directory.index import DeclaredAccount, FaultLog, Index
from daypass.directory.oauth_clients import OAuthClient
from daypass.directory.organization import Membership
from daypass.directory.policies import referenced_file
from daypass.directory.schema import AccountFile, RawOidcProvider
from daypass.directory.yaml_tree import Place

Declared = TypeVar("Declared")

_NO_USER: Final = "this account has no such user"
_NO_ROLE: Final = "this account has no such role"
_SCHEME: Final = "https://"


@dataclass(slots=True)
class Extras:
    """The further declarations of one account, by their names in the model."""

    saml_providers: dict[str, SamlProvider] = field(default_factory=dict)
    oidc_providers: dict[str, OidcProvider] = field(default_factory=dict)
    workloads: dict[str, WorkloadMapping] = field(default_factory=dict)


def read_extras(
    index: Index, texts: Mapping[str, str], log: FaultLog
) -> Mapping[str, Extras]:
    """Returns the further declarations of each account by its id.

    Args:
        index: what is declared.
        texts: all texts of the folder by name.
        log: takes the faults.
    """
    workloads: dict[str, Place] = {}
    return {
        account.account_id: _Reader(account, index, texts, log, workloads).read()
        for account in index.accounts.values()
    }


def build_accounts(
    index: Index,
    *,
    extras: Mapping[str, Extras],
    devices: Mapping[str, Mapping[str, MfaDevice]],
    groups: Iterable[Group],
    keys: Mapping[str, tuple[AccessKey, ...]],
    memberships: Mapping[str, Membership],
    exchange_policies: Mapping[str, Mapping[str, ExchangePolicy]],
    outbound: Mapping[str, OutboundFederation],
    oauth_clients: Mapping[str, Mapping[str, OAuthClient]],
) -> tuple[Account, ...]:
    """Returns all accounts."""
    by_account: dict[str, dict[str, Group]] = {}
    for group in groups:
        owner = index.groups[group.arn].owner
        by_account.setdefault(owner, {})[group.name] = group
    accounts: list[Account] = []
    for account in index.accounts.values():
        account_id = account.account_id
        more = extras[account_id]
        root = RootUser(account.partition, account_id)
        member = memberships.get(account_id)
        accounts.append(
            Account(
                partition=account.partition,
                account_id=account_id,
                name=account.name or "",
                root=RootEntry(root, keys.get(root.arn, ())),
                organization_id=member.organization_id if member else None,
                organization_path=member.path if member else None,
                management_account_id=member.management_account_id if member else None,
                root_administrator_ids=member.root_administrator_ids
                if member
                else frozenset(),
                root_features=member.root_features if member else frozenset(),
                groups=by_account.get(account_id, {}),
                saml_providers=more.saml_providers,
                oidc_providers=more.oidc_providers,
                mfa_devices=devices.get(account_id, {}),
                workloads=more.workloads,
                exchange_policies=exchange_policies[account_id],
                outbound_federation=outbound.get(account_id),
                oauth_clients=oauth_clients[account_id],
            )
        )
    return tuple(accounts)


@dataclass(slots=True)
class _Reader:
    """Reads the further declarations of one account.

    `workloads` holds those of all accounts: a workload is one principal only.
    """

    account: DeclaredAccount
    index: Index
    texts: Mapping[str, str]
    log: FaultLog
    workloads: dict[str, Place]
    extras: Extras = field(default_factory=Extras)
    _seen: dict[str, Place] = field(default_factory=dict)

    def read(self) -> Extras:
        """Reads all files of the account."""
        for content, place in self.account.files:
            self._read_providers(content, place)
            self._read_workloads(content, place)
        return self.extras

    def _read_providers(self, content: AccountFile, place: Place) -> None:
        for name, saml in content.saml_providers.items():
            arn = self._arn("saml-provider", name)
            if self._is_new(arn, place.at("saml_providers", name), self._seen):
                self.extras.saml_providers[arn] = SamlProvider(
                    arn, name, saml.entity_id
                )
        for url, oidc in content.oidc_providers.items():
            arn = self._arn("oidc-provider", url.removeprefix(_SCHEME))
            where = place.at("oidc_providers", url)
            if self._is_new(arn, where, self._seen):
                self.extras.oidc_providers[arn] = OidcProvider(
                    arn,
                    url,
                    tuple(oidc.client_ids),
                    frozenset(oidc.algorithms),
                    self._key_set(oidc, where),
                    oidc.single_use,
                )

    def _key_set(self, oidc: RawOidcProvider, where: Place) -> KeySetFile | None:
        if oidc.key_set is None:
            return None
        name = referenced_file(
            where.at("key_set"), oidc.key_set.file, texts=self.texts, log=self.log
        )
        return KeySetFile(name, self.texts[name]) if name is not None else None

    def _read_workloads(self, content: AccountFile, place: Place) -> None:
        for spiffe_id, workload in content.workloads.items():
            where = place.at("workloads", spiffe_id)
            kind = "role" if workload.user is None else "user"
            arn = self._find(kind, workload.user or workload.role or "")
            if arn is None:
                reason = _NO_ROLE if kind == "role" else _NO_USER
                self.log.add_missing(where.at(kind), reason)
            elif self._is_new(spiffe_id, where, self.workloads):
                self.extras.workloads[spiffe_id] = WorkloadMapping(spiffe_id, arn)

    def _arn(self, kind: str, name: str) -> str:
        return entity_arn(
            self.account.partition, self.account.account_id, kind, "/", name
        )

    def _find(self, kind: str, name: str) -> str | None:
        account = self.account
        entity = self.index.named(kind, account.partition, account.account_id, name)
        return entity.arn if entity else None

    def _is_new(self, name: str, place: Place, seen: dict[str, Place]) -> bool:
        """Tells whether a name is not taken yet, ignoring case, and takes it."""
        other = seen.setdefault(name.casefold(), place)
        if other is not place:
            self.log.add(place, f"{other.file}:{other.line} declares this, too")
        return other is place
