"""The organisation that the simulated clients belong to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from daypass.core.session import Session, SessionKind
from daypass.directory.declared import SamlTrust
from daypass.directory.entities import AccessKey
from daypass.directory.model import Directory
from daypass.federation.saml.keys import name_of
from support import saml_idp
from support.sts_world import StsWorld, allow

SHOP: Final = "111122223333"
DEPOT: Final = "123456789012"
ACCOUNTS: Final = (SHOP, DEPOT)
USERS: Final = tuple(f"arn:aws:iam::{SHOP}:user/u{number}" for number in range(6))
ADMINS: Final = {account: f"arn:aws:iam::{account}:user/admin" for account in ACCOUNTS}
# Each may be assumed by all of both accounts.
ROLES: Final = tuple(
    f"arn:aws:iam::{account}:role/R{number}"
    for account in ACCOUNTS
    for number in range(2)
)
ONCE_ROLE: Final = f"arn:aws:iam::{DEPOT}:role/Once"
ISSUER: Final = "https://once.example"
AUDIENCE: Final = "daypass-client"
PROVIDER: Final = f"arn:aws:iam::{DEPOT}:oidc-provider/once.example"
STAFF_ROLE: Final = f"arn:aws:iam::{DEPOT}:role/Staff"
SAML_PROVIDER: Final = f"arn:aws:iam::{DEPOT}:saml-provider/CorpIdP"
SAML_ROLES: Final = saml_idp.aws_attribute("Role", f"{STAFF_ROLE},{SAML_PROVIDER}")
# Trades approvals in.
PARTNER: Final = f"arn:aws:iam::{DEPOT}:user/partner"
# Exchanges tokens, as sessions of the roles of its account do.
CLIENT: Final = f"arn:aws:iam::{DEPOT}:user/front"
CLIENT_ROLES: Final = tuple(arn for arn in ROLES if DEPOT in arn)
OUR_ISSUER: Final = "https://sts.example"
IMAGES: Final = "images"
STORAGE: Final = "storage"
IMAGES_LAST: Final = timedelta(hours=1)
STORAGE_LASTS: Final = timedelta(minutes=40)
READER_LASTS: Final = timedelta(minutes=30)
_CALLS: Final = (
    f"{{all: {allow('sts:*')}, exchange: {allow('daypass:ExchangeToken')},"
    f" approve: {allow('daypass:CreateTradeInToken')}}}"
)
_USERS: Final[Mapping[str, Sequence[str]]] = {
    SHOP: ("admin", *(f"u{number}" for number in range(len(USERS)))),
    DEPOT: ("admin", "front", "partner"),
}


def device_of(user_arn: str) -> str:
    """Returns the second factor of a user."""
    account, _, name = user_arn.removeprefix("arn:aws:iam::").partition(":user/")
    return f"arn:aws:iam::{account}:mfa/{name}"


@cache
def directory() -> Directory:
    """Returns the directory, which no simulation changes."""
    der = saml_signer().certificate.public_bytes(Encoding.DER)
    trust = {SAML_PROVIDER: SamlTrust(saml_idp.ENTITY, (der,))}
    accounts = (_account(account) for account in ACCOUNTS)
    return StsWorld(*accounts, saml=trust).directory.current()


def saml_signer() -> saml_idp.Signer:
    """Returns who signs the assertions of the SAML provider."""
    return saml_idp.curve_signer(ec.SECP256R1)


@cache
def saml_key_id() -> str:
    """Returns what names the key of that signer."""
    return name_of(saml_signer().certificate)


def exchanges(session: Session) -> bool:
    """Tells whether a session may exchange tokens."""
    roles = map(directory().role_by_arn, CLIENT_ROLES)
    ids = {role.unique_id for role in roles if role is not None}
    return session.kind is SessionKind.ROLE and session.principal_id in ids


def approves(session: Session) -> bool:
    """Tells whether a session may approve what a partner does."""
    return session.kind is SessionKind.ROLE


def key_of(user_arn: str) -> AccessKey:
    """Returns the long-term key of a user."""
    user = directory().user_by_arn(user_arn)
    assert user is not None, f"{user_arn} is not declared"
    return user.access_keys[0]


def _account(account: str) -> str:
    users = "".join(_user(account, name) for name in _USERS[account])
    text = f'account: {{id: "{account}", name: a{account}}}\n'
    text += f"outbound_federation: {{enabled: true}}\nusers:\n{users}roles:\n"
    trusts = [f"arn:aws:iam::{each}:root" for each in ACCOUNTS]
    actions = ("sts:AssumeRole", "sts:SetSourceIdentity")
    text += "".join(
        f"  R{number}: {{trust: {_trust('AWS', trusts, *actions)},"
        f" max_session_duration: 2h, policies: {_CALLS}}}\n"
        for number in range(2)
    )
    if account == DEPOT:
        return text + _depot(trusts)
    devices = "".join(
        f"  u{number}: {{user: u{number}, seed: {{file: seed-{number}}}}}\n"
        for number in range(len(USERS))
    )
    return f"{text}mfa_devices:\n{devices}"


def _depot(trusts: Sequence[str]) -> str:
    """Returns the roles of proofs, the providers and the exchange policies."""
    token = _trust("Federated", [PROVIDER], "sts:AssumeRoleWithWebIdentity")
    assertion = _trust("Federated", [SAML_PROVIDER], "sts:AssumeRoleWithSAML")
    clients = json.dumps([CLIENT, *CLIENT_ROLES])
    common = f"clients: {clients}, modes: [impersonation]"
    return (
        f"  Once: {{trust: {token}}}\n"
        f"  Staff: {{trust: {assertion}}}\n"
        f"  Reader: {{trust: {_trust('AWS', trusts, 'sts:AssumeRole')}}}\n"
        f"oidc_providers:\n  {ISSUER}: {{client_ids: [{AUDIENCE}],"
        " single_use: true, algorithms: [ES256]}\n"
        "saml_providers: {CorpIdP: {}}\n"
        "exchange_policies:\n"
        f"  Begin: {{{common}, subjects: [{{oidc_provider: {ISSUER}}}],"
        f" audiences: [{IMAGES}], scopes: [read], max_lifetime: 60m}}\n"
        f"  Onward: {{{common}, subjects: [{{own_audiences: [{IMAGES}]}}],"
        f" audiences: [{STORAGE}], scopes: [read], max_lifetime: 40m,"
        " single_use: true}\n"
        f"  Read: {{{common}, subjects: [{{own_audiences: [{STORAGE}]}}],"
        " issues: [credentials], role: Reader, max_lifetime: 30m}\n"
    )


def _user(account: str, name: str) -> str:
    policies = f"{{all: {allow('daypass:*')}}}" if name == "admin" else _CALLS
    key = f"{account}.{name}"
    return (
        f"  {name}:\n    policies: {policies}\n"
        f"    access_keys: [{{id: {{file: {key}.id}}, secret: {{file: {key}.secret}}}}]\n"
    )


def _trust(kind: str, principals: Sequence[str], *actions: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {kind: principals},
        "Action": actions,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
