"""A shop that exchanges the tokens of its customers for those of its services."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from daypass.core.errors import UnavailableError
from daypass.core.exchanged_token import ExchangedToken, TokenType
from daypass.core.revocation import Revocation, RevocationScope
from daypass.core.secret import Secret
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.sts.assume_role import AssumeRole
from daypass.sts.caller import Caller
from daypass.sts.chain_rules import ChainRules
from daypass.sts.exchange_issue import ExchangeResult
from daypass.sts.exchange_request import ExchangeTokenRequest
from daypass.sts.exchanged_judge import VerifiedExchangedToken
from daypass.sts.revoke_token import RevokeTokenResult
from daypass.sts.token_judge import VerifiedToken
from daypass.sts.verdict import Verdict
from daypass.sts.verify_token import VerifyToken
from daypass.tokens.exchanged_token import ExchangedTokenVerifier
from daypass.wiring_exchange import ExchangeWiring
from support.exchanged import OUR_ISSUER
from support.oidc_issuer import CLIENT, ISSUER, claims, key_set, sign
from support.sts_world import StsWorld, allow, ready, trust

SHOP = "123456789012"
OTHER = "111122223333"
STAFF = "https://staff.example"
STOREFRONT = f"arn:aws:iam::{SHOP}:user/storefront"
IMAGES = f"arn:aws:iam::{SHOP}:role/Images"
ADMIN = f"arn:aws:iam::{SHOP}:user/admin"
MUTE = f"arn:aws:iam::{SHOP}:user/mute"
STRANGER = f"arn:aws:iam::{SHOP}:user/stranger"
READER = f"arn:aws:iam::{SHOP}:role/Reader"
POLICY_ARN = f"arn:aws:daypass::{SHOP}:exchange-policy/Shop"
ACCESS, ID, JWT, CREDENTIALS = (
    TokenType.ACCESS_TOKEN.value,
    TokenType.ID_TOKEN.value,
    TokenType.JWT.value,
    TokenType.CREDENTIALS.value,
)
EXCHANGE = allow("daypass:ExchangeToken")
BOTH = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Action:'
    ' ["daypass:ExchangeToken", "sts:AssumeRole"], Resource: "*"}]}'
)

ACCOUNT = f"""
account: {{id: "{SHOP}", name: shop}}
users:
  storefront: {{policies: {{exchange: {BOTH}}}}}
  stranger: {{policies: {{exchange: {BOTH}}}}}
  mute: {{}}
  admin: {{policies: {{all: {allow("daypass:*")}}}}}
  boss: {{policies: {{assume: {allow("sts:*")}}}}}
roles:
  Images:
    trust: {trust(f"arn:aws:iam::{SHOP}:user/boss")}
    policies: {{exchange: {EXCHANGE}}}
  Reader: {{trust: {trust(STOREFRONT)}, max_session_duration: 12h}}
  Closed: {{trust: {trust(f"arn:aws:iam::{SHOP}:user/boss")}}}
oidc_providers:
  {ISSUER}: {{client_ids: [{CLIENT}, another-client]}}
  {STAFF}: {{client_ids: [desk]}}
  https://third.example: {{client_ids: [x]}}
exchange_policies:
  Shop:
    clients: ["{STOREFRONT}", "{MUTE}"]
    subjects: [{{oidc_provider: {ISSUER}, client_ids: [{CLIENT}]}}]
    actors: [{{oidc_provider: {STAFF}}}, {{own_audiences: [images]}}]
    modes: [impersonation, delegation]
    audiences: [images, orders]
    resources: ["https://images.example/"]
    scopes: [read, write]
    max_lifetime: 30m
    issues: [access_token, id_token, jwt]
  Credentials:
    clients: ["{STOREFRONT}"]
    subjects: [{{oidc_provider: {ISSUER}}}, {{own_audiences: [images]}}]
    modes: [impersonation]
    max_lifetime: 40m
    issues: [credentials]
    role: Reader
  Onward:
    clients: ["{IMAGES}", "{STOREFRONT}"]
    subjects:
      - {{own_audiences: [images], token_types: [access_token, id_token]}}
    actors: [{{oidc_provider: {STAFF}}}]
    modes: [impersonation, delegation]
    audiences: [storage]
    scopes: [read, admin]
    max_lifetime: 10m
"""
OTHER_ACCOUNT = f"""
account: {{id: "{OTHER}", name: other}}
users:
  thief: {{policies: {{all: {allow("*")}}}}}
exchange_policies:
  Steal:
    clients: ["arn:aws:iam::{OTHER}:user/thief"]
    subjects: [{{own_audiences: [images]}}]
    modes: [impersonation]
    audiences: [loot]
    scopes: [read]
"""


class MemoryKeySets:
    """The keys of identity providers, without a network.

    Attributes:
        sets: by issuer.
        asked: the issuers that were asked for.
    """

    def __init__(self, sets: Mapping[str, JwkSet]) -> None:
        self.sets = dict(sets)
        self.asked: list[str] = []
        self._failures: list[UnavailableError] = []

    def fail_next(self, error: UnavailableError) -> None:
        """Makes the next question fail."""
        self._failures.append(error)

    async def key_set(
        self, issuer: str, *, provider_arn: str, key_id: str | None
    ) -> JwkSet:
        """Returns the keys of an issuer."""
        del provider_arn, key_id
        self.asked.append(issuer)
        if self._failures:
            raise self._failures.pop(0)
        return self.sets[issuer]


class Readings:
    """A `RingReading` of a ring that is there.

    Attributes:
        count: how often it was read.
        found: what is done when it is read.
    """

    def __init__(self) -> None:
        self.count = 0
        self.found: Callable[[], None] = lambda: None

    async def read(self) -> None:
        """Counts."""
        self.count += 1
        self.found()


class ExchangeWorld:
    """The shop, ready to exchange.

    Args:
        account: the file of the shop's account.
        issuer: the issuer of the deployment, or None.
    """

    def __init__(self, account: str = ACCOUNT, issuer: str | None = OUR_ISSUER) -> None:
        self.sts = StsWorld(account, OTHER_ACCOUNT)
        keys = key_set("ES256")
        self.key_sets = MemoryKeySets(
            {ISSUER: keys, STAFF: keys, "https://third.example": keys}
        )
        self.tokens = ExchangedTokenVerifier(ring=self.sts.ring, issuer=issuer)
        self.reading = Readings()
        self.wiring = ExchangeWiring(
            issuer_url=issuer,
            tokens=self.tokens,
            directory=self.sts.directory,
            ring=self.sts.ring,
            reading=self.reading,
            revocations=self.sts.view,
            authorizers=self.sts.authorizers,
            key_sets=self.key_sets,
            guards=self.sts.guards,
            assume_role=AssumeRole(
                directory=self.sts.directory,
                authorizers=self.sts.authorizers,
                session_policies=self.sts.policies,
                issuer=self.sts.issuer,
                clock=self.sts.clock,
                chains=ChainRules(),
                second_factor=self.sts.second_factor,
            ),
            revoker=self.sts.revoker,
            clock=self.sts.clock,
            entropy=self.sts.entropy,
            auditor=self.sts.auditor,
            decisions=self.sts.decisions,
        )

    async def exchange(
        self, caller: Caller | str = STOREFRONT, **parameters: Any
    ) -> ExchangeResult:
        """Exchanges a customer's ID token, with whatever is said otherwise."""
        fields: dict[str, Any] = {
            "subject_token": customer(),
            "subject_token_type": ID,
            "audiences": ("images",),
            **parameters,
        }
        for name in ("subject_token", "actor_token"):
            if isinstance(fields.get(name), str):
                fields[name] = Secret(fields[name])
        request = ExchangeTokenRequest(**fields)
        return await self.sts.run(
            self.wiring.exchange_token(), request, self.caller(caller)
        )

    async def token(self, **parameters: Any) -> str:
        """Returns the text of a token that an exchange issues."""
        result = await self.exchange(**parameters)
        assert result.token is not None
        return result.token.reveal_text()

    def read(self, text: str) -> ExchangedToken:
        """Returns what a token of ours says."""
        return self.tokens.verify(text, self.sts.clock.now())

    async def verify(
        self, token: str | Secret
    ) -> VerifiedToken | VerifiedExchangedToken | Verdict:
        """Asks, as the admin, for a verdict on a token."""
        operation = VerifyToken(
            tokens=self.sts.tokens,
            revocations=self.sts.view,
            directory=self.sts.directory,
            authorizers=self.sts.authorizers,
            clock=self.sts.clock,
            exchanged=self.wiring.judge(),
        )
        secret = token if isinstance(token, Secret) else Secret(token)
        return await self.sts.run(operation, secret, self.caller(ADMIN))

    async def verdict(self, token: str) -> str:
        """Returns the verdict on a token of ours in one word."""
        found = await self.verify(token)
        return found.name if isinstance(found, Verdict) else "VALID"

    async def revoke(
        self, token: str, caller: Caller | str = STOREFRONT
    ) -> RevokeTokenResult:
        """Revokes a token, which this worker then knows."""
        operation = self.wiring.revoke_token()
        run = self.sts.run(operation, Secret(token), self.caller(caller))
        revoking = asyncio.create_task(run)
        await asyncio.sleep(0)
        while not revoking.done():
            await self.sts.follower.catch_up()
            await asyncio.sleep(0.001)
        return await revoking

    async def log_revocation(self, scope: RevocationScope, subject: str) -> None:
        """Revokes whatever is named, as RevokeSessions does."""
        now = self.sts.clock.now()
        await self.sts.log.append(
            Revocation(scope, subject, now, now + timedelta(days=3))
        )
        await self.sts.follower.catch_up()

    def caller(self, caller: Caller | str) -> Caller:
        """Returns a user as a caller, by ARN."""
        return self.sts.user(caller) if isinstance(caller, str) else caller

    async def images(self) -> Caller:
        """Returns a session of the role of the service that keeps images."""
        boss = self.sts.user(f"arn:aws:iam::{SHOP}:user/boss")
        return await self.sts.session(await self.sts.assume(boss, IMAGES))


async def shop(account: str = ACCOUNT) -> ExchangeWorld:
    """Returns a shop whose worker is ready."""
    world = ExchangeWorld(account)
    await ready(world.sts)
    return world


def customer(**changes: object) -> str:
    """Returns an ID token of a customer; a change to None drops a claim."""
    return sign(claims(**changes))


def clerk(**changes: object) -> str:
    """Returns an ID token of somebody of the staff."""
    return customer(**{"iss": STAFF, "sub": "clerk-1", "aud": "desk", **changes})
