"""An organisation whose accounts name their principals to others, or do not."""

from __future__ import annotations

from typing import Final

from daypass.sts.caller import Caller
from daypass.sts.get_web_identity_token import (
    GetWebIdentityToken,
    GetWebIdentityTokenRequest,
    GetWebIdentityTokenResult,
)
from daypass.sts.outbound_issuers import OutboundIssuers
from support.sts_world import StsWorld, allow, ready, trust

BASE: Final = "https://sts.example"
AUDIENCE: Final = "https://api.example"
OWN_ISSUER: Final = "https://tokens.example/shop"
# The account's zero is what detail 45 is about.
ACCOUNT: Final = "029608264753"
OTHER: Final = "111122223333"
DISABLED: Final = "222233334444"
SILENT: Final = "333344445555"
ANN: Final = f"arn:aws:iam::{ACCOUNT}:user/staff/ann"
DEPLOY: Final = f"arn:aws:iam::{ACCOUNT}:role/ci/Deploy"
_KEY: Final = "[{id: {file: NAME.id}, secret: {file: NAME.secret}}]"
_ALL: Final = allow("sts:*")


def account(account_id: str, user: str, more: str = "", policy: str = _ALL) -> str:
    """Returns the file of an account with a root user and one user with keys."""
    return f"""
account: {{id: "{account_id}", name: n{account_id}}}
root: {{access_keys: {_KEY.replace("NAME", f"r{user}")}}}
users:
  {user}:
    path: /staff/
    tags: {{team: data, Env: prod}}
    policies: {{all: {policy}}}
    access_keys: {_KEY.replace("NAME", user)}
{more}
"""


ENABLED: Final = f"""
outbound_federation: {{enabled: true, issuer: {OWN_ISSUER}}}
roles:
  Deploy:
    path: /ci/
    trust: {trust("*", "sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")}
    tags: {{team: ci}}
    policies: {{all: {_ALL}}}
"""
ORGANIZATION: Final = f"""
organization:
  id: o-outbound001
  management_account: "{OTHER}"
  root:
    accounts: {{"{OTHER}": {{}}}}
    units: {{shop: {{accounts: {{"{ACCOUNT}": {{}}}}}}}}
"""
FILES: Final = (
    account(ACCOUNT, "ann", ENABLED),
    account(OTHER, "oda", "outbound_federation: {enabled: true}"),
    account(DISABLED, "dan", "outbound_federation: {enabled: false}"),
    account(SILENT, "sue"),
    ORGANIZATION,
)


async def outbound(*files: str) -> StsWorld:
    """Returns a world with the organisation, whose worker is ready."""
    return await ready(StsWorld(*(files or FILES)))


def issuers(world: StsWorld, base: str | None = BASE) -> OutboundIssuers:
    """Returns the issuers of the world."""
    return OutboundIssuers(directory=world.directory, ring=world.ring, base=base)


async def identity_token(
    world: StsWorld, caller: Caller, base: str | None = BASE, /, **parameters: object
) -> GetWebIdentityTokenResult:
    """Calls GetWebIdentityToken, for one audience and ES384 unless others are given."""
    operation = GetWebIdentityToken(
        directory=world.directory,
        ring=world.ring,
        issuers=issuers(world, base),
        authorizers=world.authorizers,
        clock=world.clock,
        entropy=world.entropy,
    )
    fields: dict[str, object] = {
        "audience": (AUDIENCE,),
        "signing_algorithm": "ES384",
        **parameters,
    }
    request = GetWebIdentityTokenRequest(**fields)  # type: ignore[arg-type]
    return await world.run(operation, request, caller)
