"""Where the OAuth endpoints and documents are, by the issuer of the deployment.

SPEC: sts-operations 6.3; RFC 8414 section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daypass.adapters.scrypt_hasher import ThreadedHasher
from support.http_world import wiring_of
from support.oauth_world import FILES
from support.sts_world import StsWorld

ENDPOINTS = {"/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"}
KEYS = "/.well-known/jwks.json"


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
