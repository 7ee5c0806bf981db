"""The storefront of the example as an OAuth client, as docs/oauth.md shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.adapters.secrets import SecretResolver
from support.oauth_world import OWN, OAuthWorld
from support.securecart import FOLDER, USERS
from support.world import SeededEntropy

PAGE = Path(__file__).parents[3] / "docs/oauth.md"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[OAuthWorld]:
    """Yields the example behind a door, with the secrets that `make run` makes."""
    secrets = tmp_path / "secrets"
    generate_missing_secrets(FOLDER, secrets, SeededEntropy())
    files = DirectoryFiles.open(
        folder=FOLDER,
        registry=tmp_path / "ids.json",
        secrets=SecretResolver(folder=secrets, environment={}),
        entropy=SeededEntropy(),
    )
    with OAuthWorld() as found:
        found.sts.directory.value = files.current()
        yield found


def test_own_token(shop: OAuthWorld, tmp_path: Path) -> None:
    """The storefront gets the token that the page asks for, and may ask about it."""
    file = tmp_path / "secrets/oauth/storefront-web.secret"
    assert ".daypass/secrets/oauth/storefront-web.secret" in PAGE.read_text()
    auth = ("storefront-web", file.read_text())
    fields = {"grant_type": OWN, "scope": "orders:read"}

    token = shop.post("/oauth2/token", fields, auth=auth).json()["access_token"]
    said = shop.post("/oauth2/introspect", {"token": token}, auth=auth).json()

    assert 0o600 == file.stat().st_mode & 0o777
    assert USERS["storefront"] == said["client_id"]
    assert "orders.securecart.internal" == said["aud"]
    assert "orders:read" == said["scope"]


def test_nothing_else(shop: OAuthWorld, tmp_path: Path) -> None:
    """It gets no other scope, and no token by an assertion."""
    secret = (tmp_path / "secrets/oauth/storefront-web.secret").read_text()
    auth = ("storefront-web", secret)
    bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    for fields, error in (
        ({"grant_type": OWN, "scope": "orders:write"}, "invalid_scope"),
        ({"grant_type": bearer, "assertion": "a.b.c"}, "unauthorized_client"),
    ):
        answer = shop.post("/oauth2/token", fields, auth=auth)

        assert (400, error) == (answer.status_code, answer.json()["error"])
