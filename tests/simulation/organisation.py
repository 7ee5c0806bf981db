"""The organisation that the simulated clients belong to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Final

from daypass.directory.model import AccessKey, Directory
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


def device_of(user_arn: str) -> str:
    """Returns the second factor of a user."""
    account, _, name = user_arn.removeprefix("arn:aws:iam::").partition(":user/")
    return f"arn:aws:iam::{account}:mfa/{name}"


@cache
def directory() -> Directory:
    """Returns the directory, which no simulation changes."""
    return StsWorld(*(_account(account) for account in ACCOUNTS)).directory.current()


def key_of(user_arn: str) -> AccessKey:
    """Returns the long-term key of a user."""
    user = directory().user_by_arn(user_arn)
    assert user is not None, f"{user_arn} is not declared"
    return user.access_keys[0]


def _account(account: str) -> str:
    names = ["admin"]
    if account == SHOP:
        names += [f"u{number}" for number in range(len(USERS))]
    users = "".join(_user(account, name) for name in names)
    text = f'account: {{id: "{account}", name: a{account}}}\nusers:\n{users}roles:\n'
    trusts = [f"arn:aws:iam::{each}:root" for each in ACCOUNTS]
    actions = ("sts:AssumeRole", "sts:SetSourceIdentity")
    text += "".join(
        f"  R{number}: {{trust: {_trust('AWS', trusts, *actions)},"
        f" max_session_duration: 2h, policies: {{all: {allow('sts:*')}}}}}\n"
        for number in range(2)
    )
    if account == DEPOT:
        action = "sts:AssumeRoleWithWebIdentity"
        text += f"  Once: {{trust: {_trust('Federated', [PROVIDER], action)}}}\n"
        text += f"oidc_providers:\n  {ISSUER}: {{client_ids: [{AUDIENCE}],"
        text += " single_use: true, algorithms: [ES256]}\n"
        return text
    devices = "".join(
        f"  u{number}: {{user: u{number}, seed: {{file: seed-{number}}}}}\n"
        for number in range(len(USERS))
    )
    return f"{text}mfa_devices:\n{devices}"


def _user(account: str, name: str) -> str:
    action = "daypass:*" if name == "admin" else "sts:*"
    key = f"{account}.{name}"
    return (
        f"  {name}:\n    policies: {{all: {allow(action)}}}\n"
        f"    access_keys: [{{id: {{file: {key}.id}}, secret: {{file: {key}.secret}}}}]\n"
    )


def _trust(kind: str, principals: Sequence[str], *actions: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {kind: principals},
        "Action": actions,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
