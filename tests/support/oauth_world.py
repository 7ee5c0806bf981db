"""A shop whose services are OAuth clients, behind a real HTTP door."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx
import jwt

from daypass.adapters.scrypt_hasher import describe_hash
from daypass.core.secret import Secret
from daypass.keyring.jwks import jwks
from daypass.tokens.exchanged_token import ExchangedTokenVerifier
from support.exchanged import OUR_ISSUER
from support.http_world import DoorOptions, HttpWorld
from support.oidc_issuer import CLIENT, ISSUER, claims, jwk, key_for, sign
from support.sts_world import allow, trust
from support.world import SeededEntropy

SHOP = "123456789012"
OTHER = "111122223333"
STOREFRONT = f"arn:aws:iam::{SHOP}:user/storefront"
IMAGES = f"arn:aws:iam::{SHOP}:role/Images"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
OWN = "client_credentials"
TYPE = "urn:ietf:params:oauth:token-type:"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
HASHED_SECRET = "hashed-secret-of-the-shop-" + "h" * 10
_SECONDS_MAX = 10.0
TLS_HOST = "tls.shop.example"


def secret(client_id: str) -> str:
    """Returns the secret of a client that is declared by reference."""
    return client_id.ljust(40, ".")


def shop_file(hashed_secret: str = HASHED_SECRET) -> str:
    """Returns the file of the shop's account."""
    hashed = describe_hash(Secret(hashed_secret), SeededEntropy(3))
    keys = json.dumps({"keys": [jwk("ES256"), jwk("RS256")]})
    basic = "authentication: [client_secret_basic, client_secret_post]"
    every = "[token_exchange, client_credentials, jwt_bearer]"
    return f"""
account: {{id: "{SHOP}", name: shop}}
users:
  storefront: {{policies: {{all: {allow("*")}}}}}
  mute: {{}}
  audit: {{policies: {{verify: {allow("daypass:VerifyToken")}}}}}
roles:
  Images:
    trust: {trust(f"arn:aws:iam::{SHOP}:root")}
    policies: {{all: {allow("daypass:*")}}}
  Reader:
    trust: {trust(STOREFRONT)}
    max_session_duration: 12h
oidc_providers:
  {ISSUER}: {{client_ids: [{CLIENT}, "{OUR_ISSUER}"]}}
exchange_policies:
  Shop:
    clients: ["{STOREFRONT}", "arn:aws:iam::{SHOP}:user/mute"]
    subjects:
      - {{oidc_provider: {ISSUER}, client_ids: [{CLIENT}, "{OUR_ISSUER}"]}}
      - {{own_audiences: [orders]}}
    modes: [impersonation]
    audiences: [images, orders]
    resources: ["https://images.example/"]
    scopes: [read, write]
    max_lifetime: 30m
    issues: [access_token, id_token, jwt]
  Credentials:
    clients: ["{STOREFRONT}"]
    subjects: [{{oidc_provider: {ISSUER}}}]
    modes: [impersonation]
    max_lifetime: 30m
    issues: [credentials]
    role: Reader
oauth_clients:
  web:
    user: storefront
    {basic}
    secret: {{file: web}}
    grants: {every}
    audiences: [orders, stock]
    resources: ["https://stock.example/"]
    scopes: [read, write]
    max_lifetime: 10m
  images:
    role: Images
    authentication: [private_key_jwt]
    jwks: {keys}
    grants: {every}
    audiences: [storage]
    scopes: [list]
    introspects: [images, "https://images.example/"]
  hashed:
    user: storefront
    authentication: [client_secret_basic]
    secret_hash: '{hashed}'
    grants: [client_credentials]
    audiences: [orders]
  tls:
    user: storefront
    authentication: [tls_client_auth]
    certificate: {{dns: {TLS_HOST}}}
    grants: [client_credentials]
    audiences: [orders]
  mute:
    user: mute
    {basic}
    secret: {{file: mute}}
    grants: [token_exchange, client_credentials]
    audiences: [orders]
    introspects: [images]
  audit:
    user: audit
    authentication: [client_secret_basic]
    secret: {{file: audit}}
outbound_federation: {{enabled: true}}
"""


FILES = (
    shop_file(),
    f"""
account: {{id: "{OTHER}", name: other}}
users:
  thief: {{policies: {{all: {allow("*")}}}}}
oauth_clients:
  thief:
    user: thief
    authentication: [client_secret_basic]
    secret: {{file: thief}}
    introspects: [images, orders]
outbound_federation: {{enabled: true, issuer: "https://tokens.other.example/prod"}}
""",
)


class OAuthWorld(HttpWorld):
    """The shop, whose worker follows the log of revocations by itself.

    Args:
        options: how the door listens; its files are those of the shop.
        trust: what a client of TLS trusts the door with, and shows.
    """

    def __init__(
        self,
        options: DoorOptions | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(options or DoorOptions(files=FILES))
        self._trust = trust
        self.http = httpx.Client(timeout=_SECONDS_MAX)

    def __enter__(self) -> Self:
        """Starts the server, and a reader of the log."""
        super().__enter__()
        self._following = asyncio.run_coroutine_threadsafe(
            self._follower.run(), self._loop
        )
        self.http.close()
        self.http = httpx.Client(
            base_url=self.url,
            timeout=_SECONDS_MAX,
            verify=True if self._trust is None else self._trust,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stops all of it."""
        self.http.close()
        self._following.cancel()
        super().__exit__(kind, error, trace)

    def stop_following(self) -> None:
        """Leaves the worker with what it has read of the log."""

        async def stop() -> None:
            self._following.cancel()

        self.run(stop())

    def post(
        self,
        path: str,
        parameters: Mapping[str, str] | Iterable[tuple[str, str]],
        **options: Any,
    ) -> httpx.Response:
        """Sends a form; repeated parameters are a list of pairs."""
        pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
        body = httpx.QueryParams(list(pairs))
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            **options.pop("headers", {}),
        }
        return self.http.post(path, content=str(body), headers=headers, **options)

    def token(self, client: str = "web", /, **parameters: str) -> httpx.Response:
        """Asks for a token, as a client with a secret."""
        fields = {"grant_type": OWN, "audience": "orders", **parameters}
        return self.post(
            "/oauth2/token",
            {name: value for name, value in fields.items() if value},
            auth=(client, secret(client)),
        )

    def exchanged(self, **parameters: str) -> httpx.Response:
        """Exchanges the ID token of a customer, with whatever is said otherwise."""
        fields = {
            "grant_type": EXCHANGE,
            "subject_token": self.customer(),
            "subject_token_type": f"{TYPE}id_token",
            "audience": "images",
            **parameters,
        }
        return self.token(**fields)

    def introspect(self, token: str, client: str = "web") -> httpx.Response:
        """Asks what a token says."""
        auth = (client, secret(client))
        return self.post("/oauth2/introspect", {"token": token}, auth=auth)

    def revoke(self, token: str, client: str = "web") -> httpx.Response:
        """Ends a token."""
        auth = (client, secret(client))
        return self.post("/oauth2/revoke", {"token": token}, auth=auth)

    def customer(self, **changes: object) -> str:
        """Returns an ID token of a customer; a change to None drops a claim."""
        now = int(self.clock.now().timestamp())
        return sign(claims(**{"iat": now, "exp": now + 3_600, **changes}))

    def assertion(self, client: str = "images", **changes: object) -> str:
        """Returns an assertion by which a client proves who it is."""
        now = int(self.clock.now().timestamp())
        members: dict[str, Any] = {
            "iss": client,
            "sub": client,
            "aud": OUR_ISSUER,
            "iat": now,
            "exp": now + 60,
            "jti": base64.urlsafe_b64encode(self.sts.entropy.token_bytes(9)).decode(),
            **changes,
        }
        return jwt.encode(
            {name: value for name, value in members.items() if value is not None},
            key_for("ES256"),
            algorithm="ES256",
            headers={"kid": "ES256-0"},
        )

    def claims(self, token: str) -> Mapping[str, Any]:
        """Returns the claims of a token of ours, which PyJWT verifies."""
        ring = self.sts.ring.current()
        keys = jwt.PyJWKSet.from_dict(jwks(ring))
        key = keys[jwt.get_unverified_header(token)["kid"]]
        found: Mapping[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            issuer=OUR_ISSUER,
            options={"verify_aud": False, "verify_exp": False, "verify_iat": False},
        )
        # As strictly as our own reader has it, too.
        ExchangedTokenVerifier(ring=self.sts.ring, issuer=OUR_ISSUER).verify(
            token, self.clock.now()
        )
        return found
