"""Directories of any size: the example, and accounts with nothing but ballast."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

from loadtest.processes import ROOT

_FIRST_ACCOUNT: Final = 800_000_000_000
# What one file holds stays well below the bounds of a directory's files.
_IN_ONE_FILE: Final = 2_000
_CALLER: Final = "arn:aws:iam::111122223333:user/dev"


def write_directory(
    folder: Path, *, roles: int, policies: int, in_one_file: int = _IN_ONE_FILE
) -> Path:
    """Writes the example with so many further roles and managed policies.

    They are spread over accounts, each a file of JSON, which is YAML too. Every role
    trusts somebody under a condition, and every policy has two statements.
    """
    directory = shutil.copytree(ROOT / "examples/securecart/directory", folder)
    accounts = -(-max(roles, policies) // in_one_file)
    for number in range(accounts):
        document = _account(
            number,
            roles=_part(roles, number, in_one_file),
            policies=_part(policies, number, in_one_file),
        )
        path = directory / "accounts" / f"ballast-{number:03}.yaml"
        path.write_text(json.dumps(document), encoding="utf-8")
    return directory


def _part(count: int, number: int, most: int) -> int:
    return max(0, min(most, count - number * most))


def _account(number: int, *, roles: int, policies: int) -> dict[str, Any]:
    return {
        "account": {"id": f"{_FIRST_ACCOUNT + number}", "name": f"Ballast {number}"},
        "roles": {f"Role{each}": _role(each) for each in range(roles)},
        "policies": {f"Policy{each}": _policy(each) for each in range(policies)},
    }


def _role(number: int) -> dict[str, Any]:
    return {
        "trust": _document(
            {
                "Effect": "Allow",
                "Principal": {"AWS": _CALLER},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": f"id-{number}"}},
            }
        )
    }


def _policy(number: int) -> dict[str, Any]:
    bucket = f"arn:aws:s3:::ballast-{number}/*"
    return {
        "document": _document(
            {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": bucket},
            {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"},
        )
    }


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
