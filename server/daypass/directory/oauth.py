"""Reads OAuth clients, and resolves whom they act as.

A client id is all that a request names, so that no two accounts have one. What a
client gets tokens for belongs to its account, as it does for exchange policies.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from daypass.core import oauth_limits as limits
from daypass.core.oauth import GrantType
from daypass.core.secret import Secret
from daypass.directory.declared import KeySetFile, SecretReference
from daypass.directory.exchange import Targets
from daypass.directory.index import DeclaredAccount, FaultLog, Index
from daypass.directory.oauth_clients import HashedSecret, OAuthClient
from daypass.directory.oauth_schema import RawOAuthClient
from daypass.directory.policies import referenced_file
from daypass.directory.yaml_tree import Place

_NO_USER: Final = "this account has no such user"
_NO_ROLE: Final = "this account has no such role"
_SECRET: Final = re.compile(
    rb"[\x21-\x7e]{%d,%d}"
    % (limits.CLIENT_SECRET_CHARACTERS_MIN, limits.CLIENT_SECRET_CHARACTERS_MAX)
)
_SECRET_EXPECTED: Final = (
    f"expected {limits.CLIENT_SECRET_CHARACTERS_MIN} to"
    f" {limits.CLIENT_SECRET_CHARACTERS_MAX} printable characters without blanks"
)
_GRANTS: Final = MappingProxyType(
    {
        "token_exchange": GrantType.TOKEN_EXCHANGE,
        "client_credentials": GrantType.CLIENT_CREDENTIALS,
        "jwt_bearer": GrantType.JWT_BEARER,
    }
)


@dataclass(frozen=True, slots=True)
class DeclaredClientSecret:
    """The secret of a client as a file declares it: by reference."""

    account_id: str
    client_id: str
    place: Place
    secret: SecretReference


@dataclass(frozen=True, slots=True)
class ResolvedClientSecret:
    """The secret of a client that has been found."""

    declared: DeclaredClientSecret
    secret: Secret


def declared_client_secrets(index: Index) -> tuple[DeclaredClientSecret, ...]:
    """Returns every client secret of a folder that is declared by reference."""
    return tuple(
        DeclaredClientSecret(
            account.account_id,
            client_id,
            place.at("oauth_clients", client_id, "secret"),
            raw.secret.reference(),
        )
        for account in index.accounts.values()
        for content, place in account.files
        for client_id, raw in content.oauth_clients.items()
        if raw.secret is not None
    )


def read_oauth_clients(
    index: Index,
    *,
    ids: Mapping[str, str],
    texts: Mapping[str, str],
    secrets: Iterable[ResolvedClientSecret],
    targets: Targets,
    log: FaultLog,
) -> Mapping[str, Mapping[str, OAuthClient]]:
    """Returns the OAuth clients of each account, by account id and client id.

    Args:
        index: what is declared.
        ids: the unique id of each user and role by ARN.
        texts: all texts of the folder by name.
        secrets: those that are resolved; a client whose secret is not has none, and
            proves nothing by it.
        targets: takes what tokens are issued for, for the account.
        log: takes the faults.
    """
    found: dict[str, Secret] = {}
    for one in secrets:
        if _SECRET.fullmatch(one.secret.reveal()):
            found[one.declared.client_id] = one.secret
        else:
            log.add(one.declared.place, _SECRET_EXPECTED)
    reader = _Reader(index, ids, texts, found, targets, log, {})
    return {
        account.account_id: reader.read(account) for account in index.accounts.values()
    }


@dataclass(slots=True)
class _Reader:
    """Reads the clients of all accounts; `_names` holds where each stands."""

    index: Index
    ids: Mapping[str, str]
    texts: Mapping[str, str]
    secrets: Mapping[str, Secret]
    targets: Targets
    log: FaultLog
    _names: dict[str, Place]

    def read(self, account: DeclaredAccount) -> Mapping[str, OAuthClient]:
        """Reads all files of an account."""
        found: dict[str, OAuthClient] = {}
        for content, place in account.files:
            for client_id, raw in content.oauth_clients.items():
                where = place.at("oauth_clients", client_id)
                other = self._names.setdefault(client_id.casefold(), where)
                if other is not where:
                    reason = f"{other.file}:{other.line} declares this client id, too"
                    self.log.add(where, reason)
                client = self._client(account, client_id, raw, where)
                if client is not None:
                    found[client_id] = client
        return found

    def _client(
        self, account: DeclaredAccount, client_id: str, raw: RawOAuthClient, at: Place
    ) -> OAuthClient | None:
        for key, values in (("audiences", raw.audiences), ("resources", raw.resources)):
            for number, target in enumerate(values):
                self.targets.claim(
                    target, account.account_id, at.at(key, number), self.log
                )
        keys = self._keys(raw, at.at("jwks"))
        kind = "role" if raw.user is None else "user"
        principal = self.index.named(
            kind, account.partition, account.account_id, raw.user or raw.role or ""
        )
        if principal is None:
            self.log.add_missing(at.at(kind), _NO_ROLE if kind == "role" else _NO_USER)
            return None
        return OAuthClient(
            partition=account.partition,
            account_id=account.account_id,
            client_id=client_id,
            principal_arn=principal.arn,
            principal_id=self.ids[principal.arn],
            methods=raw.methods,
            secret=self.secrets.get(client_id),
            hashed_secret=_hashed(raw.secret_hash),
            keys=keys,
            certificate=raw.certificate.name() if raw.certificate else None,
            grants=frozenset(_GRANTS[name] for name in raw.grants),
            audiences=frozenset(raw.audiences),
            resources=frozenset(raw.resources),
            scopes=frozenset(raw.scopes),
            lifetime=raw.lifetime,
            introspects=frozenset(raw.introspects),
        )

    def _keys(self, raw: RawOAuthClient, at: Place) -> KeySetFile | None:
        """Returns the key set, from its file or as it stands there."""
        if raw.jwks is None:
            return None
        if "keys" in raw.jwks:
            return KeySetFile(at.file, json.dumps(raw.jwks))
        reference = str(raw.jwks["file"])
        name = referenced_file(at, reference, texts=self.texts, log=self.log)
        return None if name is None else KeySetFile(name, self.texts[name])


def _hashed(text: str | None) -> HashedSecret | None:
    """Takes apart a hash whose form the schema has checked."""
    if text is None:
        return None
    *_, salt, digest = text.split("$")
    return HashedSecret(_decode(salt), Secret(_decode(digest)))


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
