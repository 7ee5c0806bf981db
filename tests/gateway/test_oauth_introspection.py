"""Introspection and revocation: who learns what of a token, and who may end it.

SPEC: sts-operations 6.2; RFC 7662; RFC 7009; detail 60.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.core.errors import StoreUnavailableError
from support.exchanged import OUR_ISSUER
from support.oauth_world import ASSERTION, IMAGES, STOREFRONT, TYPE, OAuthWorld, secret
from support.rings import full_ring
from support.world import SeededEntropy

INACTIVE = {"active": False}


@pytest.fixture
def shop() -> Iterator[OAuthWorld]:
    """Yields a shop whose door is open."""
    with OAuthWorld() as found:
        yield found


def token_of(shop: OAuthWorld, **parameters: str) -> str:
    """Returns an access token for the images of a customer."""
    token: str = shop.exchanged(**parameters).json()["access_token"]
    return token


def by_images(shop: OAuthWorld, token: str, path: str = "introspect") -> object:
    """Asks, as the service that keeps the images."""
    answer = shop.post(
        f"/oauth2/{path}",
        {
            "token": token,
            "client_assertion_type": ASSERTION,
            "client_assertion": shop.assertion(),
        },
    )
    assert 200 == answer.status_code
    assert "no-store" == answer.headers["cache-control"]
    return answer.json()


def test_own_token(shop: OAuthWorld) -> None:
    """The client that a token was issued to learns what it says."""
    token = shop.token(scope="read").json()["access_token"]
    said = shop.claims(token)

    answer = shop.introspect(token)

    assert 200 == answer.status_code
    assert {
        "active": True,
        "iss": OUR_ISSUER,
        "sub": f"{OUR_ISSUER}#{STOREFRONT}",
        "aud": "orders",
        "client_id": STOREFRONT,
        "token_type": "Bearer",
        "scope": "read",
        **{name: said[name] for name in ("iat", "exp", "jti")},
    } == answer.json()


def test_token_for_service(shop: OAuthWorld) -> None:
    """The service that a token is meant for learns what it says."""
    body = by_images(shop, token_of(shop))

    assert isinstance(body, dict)
    assert body["active"] is True
    assert "images" == body["aud"]
    assert "read write" == body["scope"]


def test_hint_is_only_one(shop: OAuthWorld) -> None:
    """A wrong hint, or one that nobody knows, changes nothing."""
    token = token_of(shop)

    for hint in ("refresh_token", "unheard_of"):
        fields = {"token": token, "token_type_hint": hint}
        auth = ("web", secret("web"))
        answer = shop.post("/oauth2/introspect", fields, auth=auth)

        assert answer.json()["active"] is True


@pytest.mark.parametrize("client", ["mute", "audit", "thief"])
def test_not_for_this_client(shop: OAuthWorld, client: str) -> None:
    """Detail 60: who may not know, for whatever reason, learns that it is not active.

    One has no policy, one is not meant, and one is of another account (J29).
    """
    answer = shop.introspect(token_of(shop), client)

    assert (200, INACTIVE) == (answer.status_code, answer.json())


def test_denial_is_recorded(shop: OAuthWorld) -> None:
    """What a client is not told stands in the audit log."""
    shop.introspect(token_of(shop), "mute")
    shop.introspect(token_of(shop), "audit")

    denied, answered = [
        record
        for record in shop.sts.audit.records
        if record.operation == "IntrospectToken"
    ]
    assert ("refused", "AccessDenied") == (denied.outcome, denied.reason)
    assert ("verdict", "NOT_FOR_THIS_CLIENT") in answered.attributes


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "x" * 30_000, "ä"])
def test_no_token(shop: OAuthWorld, token: str) -> None:
    """What is no token is not active."""
    assert INACTIVE == shop.introspect(token).json()


def test_expired_token(shop: OAuthWorld) -> None:
    """Detail 60: an expired token is not active, and nothing more is said."""
    token = shop.token().json()["access_token"]
    shop.clock.advance(timedelta(minutes=10))
    shop.advance(timedelta(0))

    assert INACTIVE == shop.introspect(token).json()


@pytest.mark.parametrize("kind", ["id_token", "jwt"])
def test_other_kinds(shop: OAuthWorld, kind: str) -> None:
    """J28: what is no access token is never active as one."""
    token = token_of(shop, requested_token_type=f"{TYPE}{kind}")

    assert INACTIVE == shop.introspect(token).json()
    assert INACTIVE == by_images(shop, token)


def test_session_token(shop: OAuthWorld) -> None:
    """J28: a session token is no access token."""
    kind = "urn:daypass:params:oauth:token-type:credentials"
    token = token_of(shop, audience="", requested_token_type=kind)

    assert INACTIVE == shop.introspect(token).json()
    answer = shop.revoke(token)
    assert (400, "unsupported_token_type") == (
        answer.status_code,
        answer.json()["error"],
    )


@pytest.mark.parametrize("path", ["introspect", "revoke"])
def test_client_is_proven(shop: OAuthWorld, path: str) -> None:
    """Nobody asks about a token, or ends one, without proving who that is."""
    answer = shop.post(f"/oauth2/{path}", {"token": token_of(shop)})

    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("path", ["introspect", "revoke"])
@pytest.mark.parametrize("pairs", [[], [("token", "a"), ("token", "b")]])
def test_token_missing(
    shop: OAuthWorld, path: str, pairs: list[tuple[str, str]]
) -> None:
    """A request without its token, or with two, is malformed."""
    answer = shop.post(f"/oauth2/{path}", pairs, auth=("web", secret("web")))

    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


def test_revoked_token(shop: OAuthWorld) -> None:
    """A token that its client has ended is not active, once that was answered."""
    token = token_of(shop)

    answer = shop.revoke(token)

    assert (200, b"") == (answer.status_code, answer.content)
    assert "no-store" == answer.headers["cache-control"]
    assert INACTIVE == shop.introspect(token).json()
    assert INACTIVE == by_images(shop, token)
    assert 200 == shop.revoke(token).status_code


@pytest.mark.parametrize("token", ["unheard-of", "a.b.c"])
def test_unknown_token(shop: OAuthWorld, token: str) -> None:
    """Detail 60: revoking what is no token has succeeded already."""
    assert 200 == shop.revoke(token).status_code


def test_token_by_an_unknown_key(shop: OAuthWorld) -> None:
    """RFC 7009 section 2.2.1: who cannot tell says to come back, and not success.

    The first is looked for in the store, which has no such key. The next one might be
    by a key that is newer than that.
    """
    tokens = [token_of(shop) for _ in range(2)]
    ring = shop.sts.ring.value
    other = full_ring(SeededEntropy(77), shop.clock.now())
    shop.sts.ring.value = replace(ring, keys=other.keys)
    try:
        first, second = (shop.revoke(token) for token in tokens)
    finally:
        shop.sts.ring.value = ring

    assert 200 == first.status_code
    assert (503, "temporarily_unavailable") == (
        second.status_code,
        second.json()["error"],
    )
    assert "1" == second.headers["retry-after"]
    assert shop.introspect(tokens[1]).json()["active"]


def test_token_of_other_client(shop: OAuthWorld) -> None:
    """A client does not end another's token, and is told so."""
    token = token_of(shop)

    answer = shop.revoke(token, "mute")

    assert (400, "unauthorized_client") == (
        answer.status_code,
        answer.json()["error"],
    )
    assert shop.introspect(token).json()["active"] is True


def test_store_away(shop: OAuthWorld) -> None:
    """While the log takes nothing, a token is not said to be ended."""
    token = token_of(shop)
    shop.sts.log.fail_next(StoreUnavailableError("down"))

    answer = shop.revoke(token)

    assert (503, "temporarily_unavailable") == (
        answer.status_code,
        answer.json()["error"],
    )
    assert 1 <= int(answer.headers["retry-after"])


def test_role_client_session(shop: OAuthWorld) -> None:
    """A client that is a role is a session of it, named after the client."""
    by_images(shop, "x")

    record = shop.sts.audit.records[-1]
    arn = IMAGES.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")
    assert f"{arn}/images" == record.caller_arn
    assert ("client_id", "images") in record.attributes
