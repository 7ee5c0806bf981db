"""The two accounts that most tests of the use cases play in."""

from support.sts_world import StsWorld, allow, ready, trust

A = "111122223333"
B = "123456789012"
BOB = f"arn:aws:iam::{A}:user/team/bob"
EVE = f"arn:aws:iam::{A}:user/eve"
LOCAL = f"arn:aws:iam::{A}:role/Local"
READER = f"arn:aws:iam::{B}:role/service/Reader"
AUDIT = f"arn:aws:iam::{B}:role/Audit"
NEXT = f"arn:aws:iam::{B}:role/Next"
TAGGED = f"arn:aws:iam::{B}:role/Tagged"
ABSENT = f"arn:aws:iam::{B}:role/Absent"
NOWHERE = "arn:aws:iam::999999999999:role/Nowhere"

ACCOUNT_A = f"""
account: {{id: "{A}", name: development}}
root: {{access_keys: [{{id: {{file: root.id}}, secret: {{file: root.secret}}}}]}}
users:
  bob:
    path: /team/
    tags: {{team: red, Stage: dev}}
    policies: {{assume: {allow("sts:*")}}}
    access_keys: [{{id: {{file: bob.id}}, secret: {{file: bob.secret}}}}]
  eve: {{}}
  old:
    access_keys:
      - {{id: {{file: old.id}}, secret: {{file: old.secret}}, status: Inactive}}
roles:
  Local: {{trust: {trust(BOB)}}}
"""

ACCOUNT_B = f"""
account: {{id: "{B}", name: production}}
users:
  admin: {{policies: {{all: {allow("daypass:*")}}}}}
  clerk: {{}}
policies:
  ReadLogs: {{document: {allow("s3:GetObject")}}}
roles:
  Reader:
    path: /service/
    tags: {{team: blue}}
    trust: {trust(A)}
    max_session_duration: 12h
    policies: {{next: {allow("sts:*")}}}
  Audit:
    trust: {trust(BOB, condition='{StringEquals: {"sts:ExternalId": "e-42"}}')}
  Next:
    max_session_duration: 12h
    trust: {trust(READER)}
  Tagged:
    max_session_duration: 12h
    tags: {{team: blue}}
    trust: {trust("*", "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")}
    policies: {{next: {allow("sts:*")}}}
"""


async def two_accounts() -> StsWorld:
    """Returns a world with both accounts, whose worker is ready."""
    return await ready(StsWorld(ACCOUNT_A, ACCOUNT_B))
