"""jose for JavaScript, unmodified, verifies tokens by the keys that are published.

It finds the keys by itself, and shares no code with PyJWT, nor with the issuer.

SPEC: sts-operations 6.3 and 6.4; detail 59.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from support.exchanged import OUR_ISSUER
from support.http_client import Keys, ask, signed
from support.http_organisation import DEV
from support.http_world import DoorOptions, HttpWorld
from support.javascript_client import verified
from support.oauth_world import OAuthWorld

DISCOVERY = "/.well-known/openid-configuration"
ISSUER_HOST = "tokens.example"
HOUR = timedelta(hours=1)
RIGHT: dict[str, Any] = {"issuer": OUR_ISSUER, "audience": "orders"}


@pytest.fixture
def shop() -> Iterator[OAuthWorld]:
    """Yields a shop whose door is open."""
    with OAuthWorld() as found:
        yield found


def _key_set(shop: OAuthWorld) -> str:
    """Returns where the metadata says that the keys are."""
    where: str = shop.http.get(DISCOVERY).json()["jwks_uri"]
    return where.replace(OUR_ISSUER, shop.url)


def _check(
    world: HttpWorld, token: str, *, after: timedelta = timedelta(), **options: object
) -> dict[str, Any]:
    now = world.clock.now() + after
    return {"token": token, "options": options, "now": int(now.timestamp())}


def _with_claims(token: str, **claims: object) -> str:
    """Returns a token that says something else under the same signature."""
    head, body, signature = token.split(".")
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return f"{head}.{_packed({**said, **claims})}.{signature}"


def _with_header(token: str, **members: str) -> str:
    """Returns a token with another header, under the same signature."""
    head, rest = token.split(".", 1)
    said = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return f"{_packed({**said, **members})}.{rest}"


def _packed(members: dict[str, Any]) -> str:
    raw = json.dumps(members, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_access_token(shop: OAuthWorld) -> None:
    """A token of ours is verified for its audience and issuer, as long as it lives."""
    token = shop.token().json()["access_token"]
    other_issuer: dict[str, Any] = {**RIGHT, "issuer": "https://other.example"}

    found = verified(
        _key_set(shop),
        _check(shop, token, **RIGHT, typ="at+jwt", algorithms=["EdDSA"]),
        _check(shop, token, **{**RIGHT, "audience": "images"}),
        _check(shop, token, **other_issuer),
        _check(shop, token, **RIGHT, after=HOUR),
        _check(shop, token, **RIGHT, typ="JWT"),
        _check(shop, token, **RIGHT, algorithms=["ES384"]),
    )

    assert "access" == found[0]["claims"]["token_use"]
    assert [
        "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "ERR_JWT_EXPIRED",
        "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "ERR_JOSE_ALG_NOT_ALLOWED",
    ] == [each.get("error") for each in found[1:]]


def test_token_that_was_changed(shop: OAuthWorld) -> None:
    """A token that says something else than was signed is refused."""
    token = shop.token().json()["access_token"]
    other = shop.token("web", audience="stock").json()["access_token"]
    mixed = ".".join([*token.split(".")[:2], other.split(".")[2]])

    found = verified(
        _key_set(shop),
        _check(shop, _with_claims(token, sub="somebody"), **RIGHT),
        _check(shop, _with_claims(other, aud="orders"), **RIGHT),
        _check(shop, mixed, **RIGHT),
        _check(shop, _with_header(token, kid="unknown"), **RIGHT),
        _check(shop, _with_header(token, alg="none"), **RIGHT),
    )

    assert [
        "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
        "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
        "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
        "ERR_JWKS_NO_MATCHING_KEY",
        "ERR_JOSE_NOT_SUPPORTED",
    ] == [each.get("error") for each in found]


@pytest.fixture
def federated() -> Iterator[HttpWorld]:
    """Yields a deployment that serves the issuer that an account declares, too."""
    with HttpWorld(DoorOptions(hosts=[ISSUER_HOST])) as found:
        yield found


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_token_of_account(federated: HttpWorld, algorithm: str) -> None:
    """A token of GetWebIdentityToken is one of the issuer of its caller's account."""
    asked = {
        "Action": "GetWebIdentityToken",
        "Audience.member.1": "orders",
        "SigningAlgorithm": algorithm,
    }
    answer = ask(federated, signed(federated, Keys.of(federated, DEV), asked))
    token = answer.text("WebIdentityToken")
    where = f"{federated.url}/development{DISCOVERY}"
    metadata = httpx.get(where, headers={"host": ISSUER_HOST}).json()
    right: dict[str, Any] = {"issuer": metadata["issuer"], "audience": "orders"}
    allowed = metadata["id_token_signing_alg_values_supported"]

    found = verified(
        metadata["jwks_uri"].replace(f"https://{ISSUER_HOST}", federated.url),
        _check(federated, token, **right, algorithms=allowed),
        _check(federated, token, **{**right, "issuer": OUR_ISSUER}),
        _check(federated, token, **{**right, "audience": "images"}),
        _check(federated, _with_claims(token, sub="somebody"), **right),
        _check(federated, token, **right, after=timedelta(seconds=300)),
        host=ISSUER_HOST,
    )

    assert (f"https://{ISSUER_HOST}/development", DEV) == (
        found[0]["claims"]["iss"],
        found[0]["claims"]["sub"],
    )
    assert [
        "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
        "ERR_JWT_EXPIRED",
    ] == [each.get("error") for each in found[1:]]
