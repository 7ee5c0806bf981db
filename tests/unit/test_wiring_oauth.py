"""Where the OAuth endpoints and documents are, and which keys are published.

SPEC: sts-operations 6.3 and 6.4; RFC 8414 section 3.1; ADR 0029.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from daypass.adapters.scrypt_hasher import ThreadedHasher
from daypass.core.errors import StoreUnavailableError
from daypass.gateway.exchange import Answer, Received, Request
from daypass.keyring.ring import Ring
from daypass.wiring import Wiring
from support.exchanged import OUR_ISSUER
from support.http_world import wiring_of
from support.oauth_world import FILES, SHOP
from support.sts_world import CALL, Box, StsWorld

ENDPOINTS = {"/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"}
KEYS = "/.well-known/jwks.json"
DISCOVERY = "/.well-known/openid-configuration"


class CutOff:
    """The ring of a worker that has not heard of it for too long."""

    def current(self) -> Ring:
        """Raises what the holder of the ring does."""
        raise StoreUnavailableError("stale", retry_after=timedelta(seconds=29.5))


@pytest.fixture
def hasher() -> Iterator[ThreadedHasher]:
    """Yields a hasher."""
    found = ThreadedHasher()
    yield found
    found.close()


@pytest.mark.parametrize(
    ("issuer", "paths"),
    [
        (None, set()),
        (
            "https://daypass.example",
            {
                *ENDPOINTS,
                "/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server",
            },
        ),
        (
            "https://daypass.example/sts",
            {
                *ENDPOINTS,
                "/sts/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server/sts",
                "/sts/.well-known/jwks.json",
            },
        ),
    ],
)
def test_paths(hasher: ThreadedHasher, issuer: str | None, paths: set[str]) -> None:
    """Documents are at both places of the issuer's path; endpoints need an issuer."""
    wiring = wiring_of(StsWorld(*FILES), issuer=issuer)

    oauth = wiring.oauth(hasher=hasher, certificates=False)

    assert {KEYS, *paths} == oauth.routes().keys()
    assert oauth.more().find("/accounts/x/.well-known/jwks.json") is not None


async def _answers(
    hasher: ThreadedHasher, wiring: Wiring, issuer: str
) -> dict[str, Answer]:
    """Returns the answers of a deployment's documents, and of an account's."""
    oauth = wiring.oauth(hasher=hasher, certificates=False)
    account = issuer.removeprefix(OUR_ISSUER)
    routes = {
        **{path: oauth.routes()[path] for path in (KEYS, DISCOVERY)},
        **{
            f"account{path}": oauth.more().find(account + path)
            for path in (KEYS, DISCOVERY)
        },
    }
    received = Received("GET", "/", b"", (), None, secure=False)
    request = Request(received, "localhost", proxied=False, call=CALL, body=b"")
    found = {}
    for name, route in routes.items():
        assert route is not None
        found[name] = await route.answer(request)
    return found


@pytest.fixture
def issuer() -> str:
    """Returns the issuer of an account."""
    world = StsWorld(*FILES)
    account = world.directory.current().account(SHOP)
    return wiring_of(world).outbound_issuers.issuer_of(account)


@pytest.mark.parametrize(("age", "told"), [(300.0, 300), (1.5, 1), (1.0, 1), (0.25, 0)])
async def test_kept_as_long_as_is_set(
    hasher: ThreadedHasher, issuer: str, age: float, told: int
) -> None:
    """Documents are kept no longer than the deployment's keys are published ahead."""
    wiring = wiring_of(StsWorld(*FILES), key_set_age_max=timedelta(seconds=age))

    answers = await _answers(hasher, wiring, issuer)

    kept = ("cache-control", f"public, max-age={told}")
    assert [True] * 4 == [kept in answer.headers for answer in answers.values()]


async def test_published_ring_is_shown(hasher: ThreadedHasher, issuer: str) -> None:
    """What is published is the ring for publishing, which outlives that for signing."""
    world = StsWorld(*FILES)
    wiring = wiring_of(world, published=Box(world.ring.value))
    # What signs is another matter; a worker that is cut off does not any more.
    world.ring.current = CutOff().current  # type: ignore[method-assign]

    answers = await _answers(hasher, wiring, issuer)

    assert {200} == {answer.status for answer in answers.values()}


async def test_cut_off_says_when_to_come_back(
    hasher: ThreadedHasher, issuer: str
) -> None:
    """A worker that cannot vouch for its keys publishes none, and is not at fault."""
    wiring = wiring_of(StsWorld(*FILES), published=CutOff())

    answers = await _answers(hasher, wiring, issuer)

    # The metadata of the deployment are no keys.
    assert 200 == answers.pop(DISCOVERY).status
    for answer in answers.values():
        assert 503 == answer.status
        assert ("retry-after", "30") in answer.headers
        assert isinstance(answer.error, StoreUnavailableError)
        assert "cache-control" not in dict(answer.headers)
