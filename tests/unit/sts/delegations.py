"""A customer who approves, a partner who is approved, and somebody else."""

from __future__ import annotations

from typing import Final

from daypass.core.secret import Secret
from daypass.sts.caller import Caller
from daypass.sts.create_trade_in_token import (
    CreateTradeInToken,
    CreateTradeInTokenRequest,
    CreateTradeInTokenResult,
)
from daypass.sts.get_delegated_access_token import (
    GetDelegatedAccessToken,
    GetDelegatedAccessTokenResult,
)
from daypass.tokens.trade_in_token import TradeInTokens
from support.sts_world import StsWorld, allow, ready, trust

CUSTOMER: Final = "111122223333"
PARTNER: Final = "222233334444"
STRANGER: Final = "333344445555"
ANN: Final = f"arn:aws:iam::{CUSTOMER}:user/ann"
KEEPER: Final = f"arn:aws:iam::{CUSTOMER}:role/ops/Keeper"
PAT: Final = f"arn:aws:iam::{PARTNER}:user/pat"
WORKER: Final = f"arn:aws:iam::{PARTNER}:role/Worker"
SUE: Final = f"arn:aws:iam::{STRANGER}:user/sue"
READ: Final = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}'
)
_TRUST: Final = trust("*", "sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
_MAY: Final = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Action:'
    ' ["s3:*", "sts:*", "daypass:*"], Resource: "*"}]}'
)


def _account(account_id: str, user: str, more: str = "", policy: str = _MAY) -> str:
    return f"""
account: {{id: "{account_id}", name: n{account_id}}}
root: {{access_keys: [{{id: {{file: r{user}.id}}, secret: {{file: r{user}.secret}}}}]}}
users:
  {user}:
    policies: {{all: {policy}}}
    access_keys: [{{id: {{file: {user}.id}}, secret: {{file: {user}.secret}}}}]
{more}
"""


def customer(policy: str = _MAY, *, with_ann: bool = True) -> str:
    """Returns the file of the customer, whose user may do what a policy says."""
    roles = f"""
roles:
  Keeper:
    path: /ops/
    trust: {_TRUST}
    policies: {{all: {policy}}}
policies:
  Reading: {{document: {allow("s3:GetObject")}}}
"""
    return _account(CUSTOMER, "ann" if with_ann else "ada", roles, policy)


PARTNERS: Final = (
    _account(
        PARTNER,
        "pat",
        f"roles: {{Worker: {{trust: {_TRUST}, policies: {{all: {_MAY}}}}}}}",
    ),
    _account(STRANGER, "sue"),
)
FILES: Final = (customer(), *PARTNERS)


async def delegations() -> StsWorld:
    """Returns a world with the accounts, whose worker is ready."""
    return await ready(StsWorld(*FILES))


def tokens(world: StsWorld) -> TradeInTokens:
    """Returns what seals and opens the tokens of the world."""
    return TradeInTokens(ring=world.ring, entropy=world.entropy)


async def approve(
    world: StsWorld, caller: Caller, **parameters: object
) -> CreateTradeInTokenResult:
    """Calls CreateTradeInToken, for the partner and reading unless others are given."""
    operation = CreateTradeInToken(
        directory=world.directory,
        authorizers=world.authorizers,
        session_policies=world.policies,
        tokens=tokens(world),
        guards=world.guards,
        chains=world.chains,
        clock=world.clock,
        entropy=world.entropy,
    )
    fields: dict[str, object] = {
        "partner_account_id": PARTNER,
        "policy": READ,
        **parameters,
    }
    request = CreateTradeInTokenRequest(**fields)  # type: ignore[arg-type]
    return await world.run(operation, request, caller)


async def trade_in(
    world: StsWorld, caller: Caller, token: Secret
) -> GetDelegatedAccessTokenResult:
    """Calls GetDelegatedAccessToken."""
    operation = GetDelegatedAccessToken(
        directory=world.directory,
        revocations=world.view,
        authorizers=world.authorizers,
        tokens=tokens(world),
        guards=world.guards,
        issuer=world.issuer,
        chains=world.chains,
        clock=world.clock,
    )
    return await world.run(operation, token, caller)


async def keeper(world: StsWorld, caller: Caller, **parameters: object) -> Caller:
    """Returns a session of the customer's role, really proven."""
    return await world.session(await world.assume(caller, KEEPER, **parameters))
