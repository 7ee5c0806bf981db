"""How long what a client gets is good, and what ends it before.

SPEC: sts-operations 0.11, 6.1 and 6.2.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from daypass.core.revocation import Revocation, RevocationScope
from support.http_world import wait_until
from support.oauth_world import (
    ASSERTION,
    FILES,
    IMAGES,
    OWN,
    STOREFRONT,
    OAuthWorld,
    shop_file,
)

INACTIVE = {"active": False}


@pytest.fixture
def shop() -> Iterator[OAuthWorld]:
    """Yields a shop whose door is open."""
    with OAuthWorld() as found:
        yield found


def by_images(shop: OAuthWorld, path: str, **parameters: str) -> httpx.Response:
    """Asks as the client that acts as a role."""
    return shop.post(
        f"/oauth2/{path}",
        {
            "client_assertion_type": ASSERTION,
            "client_assertion": shop.assertion(),
            **parameters,
        },
    )


def end(shop: OAuthWorld, scope: RevocationScope, subject: str) -> None:
    """Revokes whatever is named, as RevokeSessions does."""
    now = shop.clock.now()
    before = shop.wiring.view.epoch

    async def append() -> None:
        await shop.sts.log.append(
            Revocation(scope, subject, now, now + timedelta(days=3))
        )

    shop.run(append())
    wait_until(lambda: shop.wiring.view.epoch != before)


def test_role_ends_tokens(shop: OAuthWorld) -> None:
    """A revocation of the role ends the tokens of its client, and no later ones."""
    role = shop.sts.directory.current().role_by_arn(IMAGES)
    assert role is not None
    token = by_images(shop, "token", grant_type=OWN).json()["access_token"]
    assert by_images(shop, "introspect", token=token).json()["active"] is True

    end(shop, RevocationScope.PRINCIPAL, role.unique_id)

    assert INACTIVE == by_images(shop, "introspect", token=token).json()
    later = by_images(shop, "token", grant_type=OWN).json()["access_token"]
    assert by_images(shop, "introspect", token=later).json()["active"] is True


def test_account_ends_tokens(shop: OAuthWorld) -> None:
    """A revocation of the account ends the tokens of its clients."""
    token = shop.token().json()["access_token"]

    end(shop, RevocationScope.ACCOUNT, STOREFRONT.split(":")[4])

    assert INACTIVE == shop.introspect(token).json()


def test_session_of_request_ends_tokens(shop: OAuthWorld) -> None:
    """The session of a request has a name in the audit log, by which it is ended."""
    token = by_images(shop, "token", grant_type=OWN).json()["access_token"]
    record = shop.sts.audit.records[-1]
    assert record.caller_access_key_id is not None

    end(shop, RevocationScope.SESSION, record.caller_access_key_id)

    assert INACTIVE == by_images(shop, "introspect", token=token).json()


def test_principal_that_is_gone(shop: OAuthWorld) -> None:
    """A client whose user is deleted proves nothing, nor do its tokens."""
    token = shop.token().json()["access_token"]
    text = shop_file()
    start = text.index("  storefront:")
    gone = text[:start] + "  storefront2: {}\n" + text[text.index("  mute: {}") :]

    shop.sts.declare(
        gone.replace("user: storefront\n", "user: storefront2\n")
        .replace(f'"{STOREFRONT}"', f'"{STOREFRONT}2"')
        .replace(STOREFRONT + "}", STOREFRONT + "2}"),
        *FILES[1:],
    )

    assert INACTIVE == shop.introspect(token, "audit").json()
    assert "unauthorized_client" == shop.token().json()["error"]


def test_role_session_bounds_tokens() -> None:
    """What a client that is a role gets lives no longer than a session may."""
    files = (shop_file().replace("scopes: [list]", "max_lifetime: 12h"), *FILES[1:])
    with OAuthWorld() as shop:
        shop.sts.declare(*files)

        body = by_images(shop, "token", grant_type=OWN).json()

    assert 3_600 == body["expires_in"]
    assert "scope" not in body


def test_stale_view(shop: OAuthWorld) -> None:
    """A worker that cannot know what was revoked proves and vouches for nobody."""
    token = shop.token().json()["access_token"]
    shop.stop_following()
    shop.clock.advance(timedelta(minutes=1))

    for answer in (shop.token(), shop.introspect(token), shop.revoke(token)):
        assert (503, "temporarily_unavailable") == (
            answer.status_code,
            answer.json()["error"],
        )
        assert "retry-after" in answer.headers
