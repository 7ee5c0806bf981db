"""Accounts that trust an OpenID provider, and exchanges of its tokens."""

from __future__ import annotations

import json
from typing import Any, Final

from daypass.adapters.provider_key_sets import ProviderKeySets
from daypass.core.key_set_source import KeySetSource
from daypass.core.secret import Secret
from daypass.federation.oidc.jwk_set import JwkSet, parse_jwk_set
from daypass.sts.assume_role_with_web_identity import (
    AssumeRoleWithWebIdentity,
    AssumeRoleWithWebIdentityRequest,
    AssumeRoleWithWebIdentityResult,
)
from daypass.sts.exchange_bounds import ExchangeBounds
from support.oidc_issuer import ISSUER, PROVIDER, claims, jwk, key_set_text, sign
from support.sts_world import StsWorld, allow, ready
from unit.sts.federated import ACCOUNT, ELSEWHERE

NAME: Final = ISSUER.removeprefix("https://")
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/ci/Pipeline"
ONCE: Final = f"arn:aws:iam::{ACCOUNT}:role/Once"
PLAIN: Final = f"arn:aws:iam::{ACCOUNT}:role/Plain"
BY_IDP: Final = f"arn:aws:iam::{ACCOUNT}:role/ByIdp"
FOREIGN: Final = f"arn:aws:iam::{ELSEWHERE}:role/Foreign"
SINGLE: Final = "https://once.example"
SINGLE_ARN: Final = f"arn:aws:iam::{ACCOUNT}:oidc-provider/once.example"
_ALL: Final = (
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
)


def trusting(
    *actions: str, provider: str = PROVIDER.arn, condition: dict[str, Any] | None = None
) -> str:
    """Returns a trust policy for an OpenID provider, as JSON."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": list(actions or _ALL),
    }
    if condition is not None:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


_SUB: Final = {
    "StringEquals": {f"{NAME}:sub": "user-1", f"{NAME}:aud": PROVIDER.client_ids[1]}
}
_BY_IDP: Final = {"Bool": {"sts:RoleAuthorizedByIdp": "true"}}
PROVIDERS: Final = f"""
oidc_providers:
  {ISSUER}: {{client_ids: [another-client, daypass-client]}}
  {SINGLE}: {{client_ids: [daypass-client], single_use: true, algorithms: [ES256]}}
"""
OWN: Final = f"""
account: {{id: "{ACCOUNT}", name: production}}
users:
  admin: {{policies: {{all: {allow("daypass:*")}}}}}
roles:
  Pipeline:
    path: /ci/
    max_session_duration: 2h
    trust: {trusting(condition=_SUB)}
    policies: {{next: {allow("sts:*")}}}
  Plain: {{trust: {trusting("sts:AssumeRoleWithWebIdentity")}}}
  ByIdp: {{trust: {trusting(condition=_BY_IDP)}}}
  Once: {{trust: {trusting(provider=SINGLE_ARN)}}}
"""
FILES: Final = (
    OWN + PROVIDERS,
    f"""
account: {{id: "{ELSEWHERE}", name: development}}
oidc_providers:
  https://other.example: {{client_ids: [daypass-client]}}
roles:
  Foreign:
    trust: {trusting(provider=f"arn:aws:iam::{ELSEWHERE}:oidc-provider/other.example")}
""",
)


def token(**changes: object) -> str:
    """Returns a good token with changed claims."""
    return sign(claims(**changes))


def single(**changes: object) -> str:
    """Returns a token of the provider whose tokens are good once."""
    return token(iss=SINGLE, **changes)


class ListedKeys:
    """A `KeySetSource` of key sets that a test writes down, by issuer.

    Attributes:
        key_sets: the set of each issuer, or what asking for it raises.
        asked: whose keys were asked for.
    """

    def __init__(self) -> None:
        keys = parse_jwk_set(key_set_text(*map(jwk, ("ES256", "RS256", "ES384"))))
        self.key_sets: dict[str, JwkSet | Exception] = {ISSUER: keys, SINGLE: keys}
        self.asked: list[tuple[str, str | None]] = []

    async def key_set(
        self, issuer: str, *, provider_arn: str, key_id: str | None
    ) -> JwkSet:
        """Returns the set; see the port."""
        assert provider_arn.endswith(issuer.removeprefix("https://"))
        self.asked.append((issuer, key_id))
        found = self.key_sets[issuer]
        if isinstance(found, Exception):
            raise found
        return found


class Exchange:
    """The operation in its world."""

    def __init__(
        self,
        world: StsWorld,
        *,
        keys: KeySetSource[JwkSet] | None = None,
        **bounds: int,
    ) -> None:
        self.world = world
        self.keys = ListedKeys()
        self.operation = AssumeRoleWithWebIdentity(
            steps=world.federation(),
            key_sets=ProviderKeySets(
                directory=world.directory, otherwise=keys or self.keys
            ),
            bounds=ExchangeBounds(clock=world.clock, **bounds),
            clock=world.clock,
        )

    async def __call__(
        self, token: str | None = None, /, **parameters: object
    ) -> AssumeRoleWithWebIdentityResult:
        """Exchanges a good token, or another one."""
        fields: dict[str, Any] = {
            "role_arn": ROLE,
            "role_session_name": "job-7",
            "web_identity_token": Secret(sign(claims()) if token is None else token),
            **parameters,
        }
        request = AssumeRoleWithWebIdentityRequest(**fields)
        return await self.world.run(self.operation, request, None)

    async def refusal(
        self, kind: type[Exception], token: str | None = None, /, **parameters: object
    ) -> Any:
        """Exchanges a token, which must be refused, and returns how."""
        try:
            await self(token, **parameters)
        except kind as error:
            return error
        message = "the token was taken"
        raise AssertionError(message)


async def exchange_in(*files: str, **options: Any) -> Exchange:
    """Returns the operation with the accounts above, or with other ones."""
    return Exchange(await ready(StsWorld(*(files or FILES))), **options)
