"""Reads exchange policies, and resolves whom and what they name.

All that a policy names is of its own account. What tokens are issued for belongs to
one account only: the tokens of all accounts have one issuer, and a service that
takes a token by its audience must not take that of another account (attacks J29).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from daypass.core.arn import entity_arn
from daypass.core.exchanged_token import TokenType
from daypass.directory.declared import OidcProvider
from daypass.directory.exchange_policies import ExchangePolicy, TokenSource
from daypass.directory.exchange_schema import RawExchangePolicy, RawTokenSource
from daypass.directory.index import DeclaredAccount, FaultLog, Index
from daypass.directory.yaml_tree import Place

Providers = Mapping[str, Mapping[str, OidcProvider]]

_NO_CLIENT: Final = "this account has no such user or role"
_NO_ROLE: Final = "this account has no such role"
_NO_PROVIDER: Final = "this account declares no such identity provider"
_NO_CLIENT_ID: Final = "the provider has no such client id"
_SCHEME: Final = "https://"
_TYPES: Final = MappingProxyType(
    {
        "access_token": TokenType.ACCESS_TOKEN,
        "id_token": TokenType.ID_TOKEN,
        "jwt": TokenType.JWT,
        "credentials": TokenType.CREDENTIALS,
    }
)


@dataclass(slots=True)
class Targets:
    """What all accounts issue tokens for, and which account that is."""

    _owners: dict[str, tuple[str, Place]] = field(default_factory=dict)

    def claim(self, target: str, account_id: str, place: Place, log: FaultLog) -> None:
        """Takes a target for an account, unless it is another's."""
        owner, other = self._owners.setdefault(target, (account_id, place))
        if owner != account_id:
            where = f"{other.file}:{other.line}"
            log.add(place, f"{where} issues tokens for this in another account")


def read_exchange_policies(
    index: Index,
    *,
    ids: Mapping[str, str],
    providers: Providers,
    targets: Targets,
    log: FaultLog,
) -> Mapping[str, Mapping[str, ExchangePolicy]]:
    """Returns the exchange policies of each account, by account id and by name.

    Args:
        index: what is declared.
        ids: the unique id of each user and role by ARN.
        providers: the OIDC providers of each account, by ARN.
        targets: takes what tokens are issued for, for the account.
        log: takes the faults.
    """
    return {
        account.account_id: _Reader(
            account, index, ids, providers[account.account_id], log, targets
        ).read()
        for account in index.accounts.values()
    }


@dataclass(slots=True)
class _Reader:
    """Reads the exchange policies of one account."""

    account: DeclaredAccount
    index: Index
    ids: Mapping[str, str]
    providers: Mapping[str, OidcProvider]
    log: FaultLog
    targets: Targets
    _names: dict[str, Place] = field(default_factory=dict)

    def read(self) -> Mapping[str, ExchangePolicy]:
        """Reads all files of the account."""
        found: dict[str, ExchangePolicy] = {}
        for content, place in self.account.files:
            for name, raw in content.exchange_policies.items():
                where = place.at("exchange_policies", name)
                other = self._names.setdefault(name.casefold(), where)
                if other is not where:
                    reason = f"{other.file}:{other.line} declares this, too"
                    self.log.add(where, reason)
                found[name] = self._policy(name, raw, where)
        return found

    def _policy(
        self, name: str, raw: RawExchangePolicy, place: Place
    ) -> ExchangePolicy:
        for key, values in (("audiences", raw.audiences), ("resources", raw.resources)):
            for number, target in enumerate(values):
                where = place.at(key, number)
                self.targets.claim(target, self.account.account_id, where, self.log)
        return ExchangePolicy(
            partition=self.account.partition,
            account_id=self.account.account_id,
            name=name,
            client_ids=frozenset(self._clients(raw.clients, place.at("clients"))),
            subjects=tuple(self._sources(raw.subjects, place.at("subjects"))),
            actors=tuple(self._sources(raw.actors, place.at("actors"))),
            impersonation="impersonation" in raw.modes,
            delegation="delegation" in raw.modes,
            audiences=frozenset(raw.audiences),
            resources=frozenset(raw.resources),
            scopes=frozenset(raw.scopes),
            lifetime_max=raw.max_lifetime,
            issued_types=frozenset(_TYPES[name] for name in raw.issues),
            role_arn=self._role(raw.role, place.at("role")),
            single_use=raw.single_use,
        )

    def _clients(self, arns: Iterable[str], place: Place) -> Iterator[str]:
        for number, arn in enumerate(arns):
            entity = self.index.users.get(arn) or self.index.roles.get(arn)
            if entity is None or entity.owner != self.account.account_id:
                self.log.add_missing(place.at(number), _NO_CLIENT)
            else:
                yield self.ids[arn]

    def _sources(
        self, sources: Iterable[RawTokenSource], place: Place
    ) -> Iterator[TokenSource]:
        for number, raw in enumerate(sources):
            types = frozenset(_TYPES[name] for name in raw.types)
            if raw.oidc_provider is None:
                yield TokenSource(None, frozenset(raw.own_audiences or ()), types)
                continue
            provider = self._provider(raw.oidc_provider)
            if provider is None:
                where = place.at(number).at("oidc_provider")
                self.log.add_missing(where, _NO_PROVIDER)
                continue
            self._check_client_ids(raw, provider, place.at(number))
            client_ids = frozenset(raw.client_ids or provider.client_ids)
            yield TokenSource(provider.arn, client_ids, types)

    def _provider(self, url: str) -> OidcProvider | None:
        arn = self._arn("oidc-provider", url.removeprefix(_SCHEME))
        return self.providers.get(arn)

    def _check_client_ids(
        self, raw: RawTokenSource, provider: OidcProvider, place: Place
    ) -> None:
        for number, client_id in enumerate(raw.client_ids or ()):
            if client_id not in provider.client_ids:
                self.log.add(place.at("client_ids", number), _NO_CLIENT_ID)

    def _role(self, name: str | None, place: Place) -> str | None:
        if name is None:
            return None
        account = self.account
        role = self.index.named("role", account.partition, account.account_id, name)
        if role is None:
            self.log.add_missing(place, _NO_ROLE)
            return None
        return role.arn

    def _arn(self, kind: str, name: str) -> str:
        account = self.account
        return entity_arn(account.partition, account.account_id, kind, "/", name)
