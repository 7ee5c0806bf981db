"""The policies of the example's users as they stand in its files, as JSON.

They are read without any code of ours, for who sends another account's policies to
a simulation has them from elsewhere, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "examples/securecart/directory"


@dataclass(frozen=True)
class UserDocuments:
    """What a user's policies say; the boundary is empty where there is none."""

    identity: tuple[str, ...]
    boundary: tuple[str, ...]
    account_id: str


@cache
def role_arns() -> tuple[str, ...]:
    """Returns the ARNs of all roles of the example."""
    return tuple(
        f"arn:aws:iam::{account['account']['id']}:role{role.get('path', '/')}{name}"
        for account in _accounts()
        for name, role in account.get("roles", {}).items()
    )


@cache
def user_arns() -> dict[str, str]:
    """Returns the ARN of each user of the example, by name."""
    return {
        name: f"arn:aws:iam::{account['account']['id']}:user{user.get('path', '/')}{name}"
        for account in _accounts()
        for name, user in account.get("users", {}).items()
    }


def user_documents(name: str) -> UserDocuments:
    """Returns the policies of a user, those of its groups included."""
    account = next(each for each in _accounts() if name in each.get("users", {}))
    user = account["users"][name]
    holders = [user, *(account["groups"][group] for group in user.get("groups", ()))]
    inline = [
        document
        for holder in holders
        for document in holder.get("policies", {}).values()
    ]
    attached = [
        _managed(account, policy)
        for holder in holders
        for policy in holder.get("attached_policies", ())
    ]
    boundary = user.get("permissions_boundary")
    return UserDocuments(
        identity=tuple(map(json.dumps, inline + attached)),
        boundary=() if boundary is None else (json.dumps(_managed(account, boundary)),),
        account_id=account["account"]["id"],
    )


def _managed(account: Any, name: str) -> Any:
    """Returns a managed policy of the account, or one that every account has."""
    if name in account.get("policies", {}):
        document = account["policies"][name]["document"]
    else:
        text = (FOLDER / "aws-policies.yaml").read_text(encoding="utf-8")
        short = name.rpartition("/")[2]
        document = yaml.safe_load(text)["policies"][short]["document"]
    if set(document) == {"file"}:
        path = FOLDER / "accounts" / document["file"]
        return json.loads(path.read_text(encoding="utf-8"))
    return document


def _accounts() -> list[Any]:
    files = sorted((FOLDER / "accounts").glob("*.yaml"))
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
