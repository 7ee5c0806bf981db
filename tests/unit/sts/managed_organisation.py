"""An organisation with a management account, for the tests of AssumeRoot."""

from __future__ import annotations

from typing import Final

from daypass.sts.assume_root_request import TASK_POLICIES
from support.sts_world import StsWorld, allow, ready, trust

MANAGEMENT: Final = "444455556666"
MEMBER: Final = "111122223333"
OTHER: Final = "222233334444"
OUTSIDER: Final = "987654321098"
MEMBER_ROOT: Final = f"arn:aws:iam::{MEMBER}:root"
ANN: Final = f"arn:aws:iam::{MANAGEMENT}:user/ann"
BEN: Final = f"arn:aws:iam::{MEMBER}:user/ben"
OUT: Final = f"arn:aws:iam::{OUTSIDER}:user/out"
KEEPER: Final = f"arn:aws:iam::{MANAGEMENT}:role/Keeper"


def _account(account_id: str, user: str) -> str:
    return f"""
account: {{id: "{account_id}", name: n{account_id}}}
root: {{access_keys: [{{id: {{file: r{user}.id}}, secret: {{file: r{user}.secret}}}}]}}
users:
  {user}:
    policies: {{all: {allow("sts:*")}, approve: {allow("daypass:*")}}}
    access_keys: [{{id: {{file: {user}.id}}, secret: {{file: {user}.secret}}}}]
"""


ACCOUNTS: Final = (
    _account(MANAGEMENT, "ann")
    + f"""
roles:
  Keeper:
    trust: {trust("*", "sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")}
    policies: {{all: {allow("sts:*")}}}
""",
    _account(MEMBER, "ben"),
    _account(OTHER, "oda"),
    _account(OUTSIDER, "out"),
)
TASKS: Final = "owner: aws\npolicies:\n" + "".join(
    f"  {name}: {{path: /root-task/, document: {allow('iam:ListAccessKeys')}}}\n"
    for name in TASK_POLICIES
)
ORGANIZATION: Final = f"""
organization:
  id: o-managed0001
  management_account: "{MANAGEMENT}"
  resource_control_policies: {{}}
  root:
    accounts: {{"{MANAGEMENT}": {{}}, "{MEMBER}": {{}}, "{OTHER}": {{}}}}
"""
FILES: Final = (*ACCOUNTS, TASKS, ORGANIZATION)


async def managed() -> StsWorld:
    """Returns a world with the organisation, whose worker is ready."""
    return await ready(StsWorld(*FILES))
