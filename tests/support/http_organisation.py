"""The organisation that clients of the HTTP door meet in tests."""

from __future__ import annotations

from daypass.sts.assume_root_request import TASK_POLICIES
from support.oidc_issuer import CLIENT, ISSUER
from support.saml_idp import PROVIDER_ARN
from support.sts_world import allow, trust

A = "029608264753"
B = "123456789012"
MANAGEMENT = "444455556666"
DEV = f"arn:aws:iam::{A}:user/team/dev"
DENIED = f"arn:aws:iam::{A}:user/denied"
ROOT = f"arn:aws:iam::{A}:root"
ANN = f"arn:aws:iam::{MANAGEMENT}:user/ann"
READER = f"arn:aws:iam::{B}:role/service/Reader"
CLOSED = f"arn:aws:iam::{B}:role/Closed"
AUDIT = f"arn:aws:iam::{B}:role/Audit"
NEXT = f"arn:aws:iam::{B}:role/Next"
ABSENT = f"arn:aws:iam::{B}:role/Absent"
READ_LOGS = f"arn:aws:iam::{B}:policy/ReadLogs"
TASK = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
PHONE = f"arn:aws:iam::{A}:mfa/phone"
VAULT = f"arn:aws:iam::{A}:role/Vault"
VISITORS = f"arn:aws:iam::{B}:role/Visitors"
WEB_PROVIDER = f"arn:aws:iam::{B}:oidc-provider/{ISSUER.removeprefix('https://')}"
_TAGGING = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


def _federated(provider: str, action: str) -> str:
    return (
        '{Version: "2012-10-17", Statement: [{Effect: Allow,'
        f' Principal: {{Federated: "{provider}"}}, Action: "{action}"}}]}}'
    )


def _keys(name: str) -> str:
    return f"[{{id: {{file: {name}.id}}, secret: {{file: {name}.secret}}}}]"


FILES = (
    f"""
account: {{id: "{A}", name: development}}
outbound_federation: {{enabled: true, issuer: "https://tokens.example/development"}}
root: {{access_keys: {_keys("root")}}}
users:
  dev:
    path: /team/
    policies: {{all: {allow("sts:*")}}}
    access_keys: {_keys("dev")}
  denied:
    policies:
      none:
        Version: "2012-10-17"
        Statement: [{{Effect: Deny, Action: "*", Resource: "*"}}]
    access_keys: {_keys("denied")}
  gone:
    access_keys:
      - {{id: {{file: g.id}}, secret: {{file: g.secret}}, status: Inactive}}
roles:
  Vault:
    trust: {trust(A, condition='{Bool: {"aws:MultiFactorAuthPresent": "true"}}')}
mfa_devices: {{phone: {{user: dev, seed: {{file: phone}}}}}}
""",
    f"""
account: {{id: "{B}", name: production}}
oidc_providers: {{"{ISSUER}": {{client_ids: ["{CLIENT}"]}}}}
saml_providers: {{CorpIdP: {{}}}}
policies:
  ReadLogs: {{document: {allow("s3:GetObject")}}}
roles:
  Reader:
    path: /service/
    max_session_duration: 12h
    trust: {trust(A, *_TAGGING)}
    policies: {{all: {allow("sts:*")}}}
  Visitors:
    trust: {_federated(WEB_PROVIDER, "sts:AssumeRoleWithWebIdentity")}
  S3AccessRole:
    trust: {_federated(PROVIDER_ARN, "sts:AssumeRoleWithSAML")}
  Closed: {{trust: {trust(f"arn:aws:iam::{B}:root")}}}
  Audit:
    trust: {trust(A, condition='{StringEquals: {"sts:ExternalId": "e-42"}}')}
  Next: {{trust: {trust(READER, *_TAGGING)}, max_session_duration: 12h}}
""",
    f"""
account: {{id: "{MANAGEMENT}", name: management}}
users:
  ann:
    policies: {{all: {allow("sts:*")}, approve: {allow("daypass:CreateTradeInToken")}}}
    access_keys: {_keys("ann")}
""",
    "owner: aws\npolicies:\n"
    + "".join(
        f"  {name}: {{path: /root-task/, document: {allow('iam:ListAccessKeys')}}}\n"
        for name in TASK_POLICIES
    ),
    f"""
organization:
  id: o-http000001
  management_account: "{MANAGEMENT}"
  resource_control_policies: {{}}
  root:
    accounts: {{"{MANAGEMENT}": {{}}, "{B}": {{}}}}
""",
)
