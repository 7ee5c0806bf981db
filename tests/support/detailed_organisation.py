"""An organisation for the details of sessions that imitators get wrong.

It has what the organisation of the other tests of the HTTP door needs not: roles that
trust in every way there is, tags, and a role for each question that policies can ask
of a session.
"""

from __future__ import annotations

from support.sts_world import allow, trust

A = "029608264753"
B = "123456789012"
DEV = f"arn:aws:iam::{A}:user/team/dev"
EVE = f"arn:aws:iam::{A}:user/eve"
ROOT = f"arn:aws:iam::{A}:root"
NAMED = f"arn:aws:iam::{A}:role/Named"
DELEGATING = f"arn:aws:iam::{A}:role/Delegating"
NEVER_ASKED = f"arn:aws:iam::{A}:role/NeverAsked"
VAULT = f"arn:aws:iam::{A}:role/Vault"
INNER_VAULT = f"arn:aws:iam::{A}:role/InnerVault"
PHONE = f"arn:aws:iam::{A}:mfa/phone"
READER = f"arn:aws:iam::{B}:role/service/Reader"
ANYBODY = f"arn:aws:iam::{B}:role/Anybody"
NEXT = f"arn:aws:iam::{B}:role/Next"
UNTAGGED = f"arn:aws:iam::{B}:role/Untagged"
BY_PATH = f"arn:aws:iam::{B}:role/ByPath"
AUDIT = f"arn:aws:iam::{B}:role/Audit"
_TAGGING = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")
_MFA = '{Bool: {"aws:MultiFactorAuthPresent": "true"}}'
_NO_MFA = '{"Null": {"aws:MultiFactorAuthPresent": "true"}}'
# What `Reader` may do, and as whom it is trusted: tests change these.
READER_POLICY = f"policies: {{all: {allow('sts:*')}}}"
READER_TRUST = f"trust: {trust(A, *_TAGGING)}"


def _keys(name: str) -> str:
    return f"[{{id: {{file: {name}.id}}, secret: {{file: {name}.secret}}}}]"


_DEV_USER = f"""
  dev:
    path: /team/
    policies: {{all: {allow("sts:*")}}}
    access_keys: {_keys("dev")}
"""
DEVELOPMENT = f"""
account: {{id: "{A}", name: development}}
root: {{access_keys: {_keys("root")}}}
users:{_DEV_USER}
  eve: {{access_keys: {_keys("eve")}}}
roles:
  Named: {{trust: {trust(DEV)}}}
  Delegating: {{trust: {trust(f"arn:aws:iam::{A}:root")}}}
  NeverAsked: {{trust: {trust(A, condition=_NO_MFA)}}}
  Vault:
    trust: {trust(A, condition=_MFA)}
    policies: {{all: {allow("sts:*")}}}
  InnerVault: {{trust: {trust(VAULT, condition=_MFA)}}}
mfa_devices: {{phone: {{user: dev, seed: {{file: phone}}}}}}
"""
PRODUCTION = f"""
account: {{id: "{B}", name: production}}
outbound_federation: {{enabled: true}}
roles:
  Reader:
    path: /service/
    max_session_duration: 12h
    tags: {{team: role, kept: "yes"}}
    {READER_TRUST}
    {READER_POLICY}
  Anybody: {{trust: {trust("*")}}}
  Next: {{trust: {trust(READER, *_TAGGING)}}}
  Untagged: {{trust: {trust(READER)}}}
  ByPath:
    trust: {trust("*", condition=f'{{ArnEquals: {{"aws:PrincipalArn": "{READER}"}}}}')}
  Audit:
    trust: {trust(A, condition='{StringEquals: {"sts:ExternalId": "e-42"}}')}
"""
FILES = (DEVELOPMENT, PRODUCTION)
# Without the user, whom a role still trusts by name, and then by nobody's.
STILL_NAMED = (
    DEVELOPMENT.replace(_DEV_USER, "\n").replace(
        "mfa_devices: {phone: {user: dev, seed: {file: phone}}}\n", ""
    ),
    PRODUCTION,
)
WITHOUT_DEV = (STILL_NAMED[0].replace(trust(DEV), trust(EVE)), PRODUCTION)
