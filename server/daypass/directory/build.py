"""From texts to a directory, in two steps.

`declare` reads the texts and says what they need from outside: unique ids, and
the secrets that they refer to. `build` takes those and makes the directory, or
raises with every fault of the whole folder at once.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from daypass.core import limits
from daypass.directory.accounts import build_accounts, read_extras
from daypass.directory.declared import MfaDevice, SamlTrust
from daypass.directory.devices import (
    DeclaredDevice,
    ResolvedDevice,
    check_devices,
    declared_devices,
    devices_by_account,
)
from daypass.directory.entities import AccessKey
from daypass.directory.exchange import Targets, read_exchange_policies
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.index import FaultLog, Index, index_folder
from daypass.directory.keys import (
    DeclaredKey,
    ResolvedKey,
    check_keys,
    declared_keys,
    keys_by_owner,
)
from daypass.directory.managed import ManagedPolicies
from daypass.directory.model import Directory
from daypass.directory.oauth import (
    DeclaredClientSecret,
    ResolvedClientSecret,
    declared_client_secrets,
    read_oauth_clients,
)
from daypass.directory.organization import build_organization
from daypass.directory.outbound import read_outbound
from daypass.directory.policies import PolicyReader
from daypass.directory.principals import PrincipalBuilder
from daypass.directory.read import read_folder
from daypass.directory.registry import id_prefix
from daypass.directory.saml_providers import (
    DeclaredSamlProvider,
    declared_saml_providers,
    with_trust,
)
from daypass.directory.single_sign_on import build_single_sign_on
from daypass.directory.trust import TrustReader

_SAMPLE_CHARACTERS: Final = 17
_NO_TRUST: Final[Mapping[str, SamlTrust]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Declaration:
    """A folder that has been read.

    Attributes:
        texts: all texts by name.
        index: what is declared.
        faults: what is wrong so far.
        incomplete: whether malformed parts were left out.
    """

    texts: Mapping[str, str]
    index: Index
    faults: tuple[Fault, ...]
    incomplete: bool

    @property
    def principal_arns(self) -> tuple[str, ...]:
        """The ARNs of all roles, users and groups, which need unique ids."""
        return self.index.principal_arns()

    @property
    def keys(self) -> tuple[DeclaredKey, ...]:
        """All access keys, which need their references resolved."""
        return declared_keys(self.index)

    @property
    def devices(self) -> tuple[DeclaredDevice, ...]:
        """All second factors, which need their seeds resolved."""
        return declared_devices(self.index)

    @property
    def saml_providers(self) -> tuple[DeclaredSamlProvider, ...]:
        """All SAML providers, which need their metadata and keys read."""
        return declared_saml_providers(self.index)

    @property
    def client_secrets(self) -> tuple[DeclaredClientSecret, ...]:
        """All secrets of OAuth clients, which need to be resolved."""
        return declared_client_secrets(self.index)


@dataclass(frozen=True, slots=True)
class _Resolved:
    """What was resolved.

    Attributes:
        keys: access keys by owner.
        devices: second factors by account and serial number.
        saml: what the assertions of SAML providers are judged by, by ARN.
        clients: the secrets of OAuth clients.
    """

    keys: Mapping[str, tuple[AccessKey, ...]]
    devices: Mapping[str, Mapping[str, MfaDevice]]
    saml: Mapping[str, SamlTrust]
    clients: tuple[ResolvedClientSecret, ...]


def declare(texts: Mapping[str, str]) -> Declaration:
    """Reads the texts of a folder by their names, relative and with slashes."""
    folder = read_folder(texts)
    incomplete = bool(folder.faults)
    log = FaultLog(folder.faults, incomplete=incomplete)
    index = index_folder(folder, log)
    return Declaration(texts, index, log.found, incomplete)


def build(
    declaration: Declaration,
    *,
    ids: Mapping[str, str],
    keys: Iterable[ResolvedKey] | None,
    devices: Iterable[ResolvedDevice] = (),
    saml: Mapping[str, SamlTrust] = _NO_TRUST,
    client_secrets: Iterable[ResolvedClientSecret] = (),
    further_faults: Iterable[Fault] = (),
) -> Directory:
    """Makes the directory.

    Args:
        declaration: what was read.
        ids: the unique id of each of its principal ARNs.
        keys: the access keys, resolved; None checks the files without secrets and
            leaves all keys out.
        devices: the second factors whose seeds are resolved; the others are left out.
        saml: what the assertions of SAML providers are judged by, by ARN.
        client_secrets: the secrets of OAuth clients that are resolved; the other
            clients prove nothing by theirs.
        further_faults: those that were found while resolving.

    Raises:
        DirectoryInvalidError: the folder has faults; it names all of them, up to
            the bound that limits names.
    """
    log = FaultLog(declaration.faults, incomplete=declaration.incomplete)
    if keys is None:
        check_keys(declaration.keys, log)
    check_devices(declaration.index, log)
    resolved = _Resolved(
        keys_by_owner(keys or (), log),
        devices_by_account(devices, log),
        saml,
        tuple(client_secrets),
    )
    made = _make(declaration, ids, resolved, log)
    faults = {*log.found, *further_faults}
    if faults:
        raise DirectoryInvalidError(sorted(faults)[: limits.DIRECTORY_FAULTS_MAX])
    return made


def _make(
    declaration: Declaration, ids: Mapping[str, str], resolved: _Resolved, log: FaultLog
) -> Directory:
    index = declaration.index
    reader = PolicyReader(texts=declaration.texts, log=log)
    managed = ManagedPolicies(index=index, reader=reader, log=log)
    extras = read_extras(index, declaration.texts, log)
    for one in extras.values():
        one.saml_providers = with_trust(one.saml_providers, resolved.saml)
    providers = frozenset(
        arn
        for one in extras.values()
        for arn in (*one.saml_providers, *one.oidc_providers)
    )
    trust = TrustReader(
        index=index, ids=ids, providers=providers, reader=reader, log=log
    )
    principals = PrincipalBuilder(
        index=index, ids=ids, managed=managed, reader=reader, trust=trust, log=log
    )
    groups = principals.groups()
    organization = build_organization(index, reader, log)
    targets = Targets()
    return Directory.of(
        digest=_digest(declaration.texts, ids),
        accounts=build_accounts(
            index,
            extras=extras,
            groups=groups.values(),
            devices=resolved.devices,
            keys=resolved.keys,
            memberships=organization.memberships,
            exchange_policies=read_exchange_policies(
                index,
                ids=ids,
                providers={name: one.oidc_providers for name, one in extras.items()},
                targets=targets,
                log=log,
            ),
            outbound=read_outbound(index, log),
            oauth_clients=read_oauth_clients(
                index,
                ids=ids,
                texts=declaration.texts,
                secrets=resolved.clients,
                targets=targets,
                log=log,
            ),
        ),
        users=principals.users(groups, resolved.keys),
        roles=principals.roles(),
        managed_policies=managed.all,
        scp_levels=organization.scp_levels,
        rcp_levels=organization.rcp_levels,
        sso=build_single_sign_on(index, managed=managed, reader=reader, log=log),
    )


def sample_ids(arns: Iterable[str]) -> dict[str, str]:
    """Returns ids for a directory that is only checked, never used."""
    ids: dict[str, str] = {}
    for arn in arns:
        digest = hashlib.sha256(arn.encode()).digest()
        characters = base64.b32encode(digest).decode()[:_SAMPLE_CHARACTERS]
        ids[arn] = id_prefix(arn) + characters
    return ids


def _digest(texts: Mapping[str, str], ids: Mapping[str, str]) -> str:
    """Returns a name for the content; each part is preceded by its length."""
    digest = hashlib.sha256()
    for pairs in (texts, ids):
        for part in (part for pair in sorted(pairs.items()) for part in pair):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big") + data)
        digest.update(b"\0")
    return digest.hexdigest()
