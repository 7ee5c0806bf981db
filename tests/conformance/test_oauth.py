"""OAuth of `daypassd` as a process: a token is got, verified, asked about and ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest
from authlib.integrations.requests_client import OAuth2Session

from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.adapters.system import SystemEntropy
from support.daypassd import ACCOUNT, Daypassd, Organisation
from support.surroundings import Surroundings, surroundings

ISSUER = "https://daypass.example"
CLIENT = """
oauth_clients:
  web:
    user: dev
    authentication: [client_secret_basic]
    secret: {file: oauth/web.secret}
    grants: [client_credentials]
    audiences: [orders]
    scopes: [read]
"""


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[Surroundings]:
    """Yields surroundings in which clients find no settings."""
    with surroundings(tmp_path) as found:
        yield found


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """Returns a directory with a client, and all secrets."""
    found = Organisation(tmp_path)
    found.write(found.text() + CLIENT)
    generate_missing_secrets(found.directory, found.secrets, SystemEntropy())
    return found


def test_life_of_token(organisation: Organisation) -> None:
    """A client gets a token, which is good until it is revoked."""
    secret = (organisation.secrets / "oauth/web.secret").read_text()
    with Daypassd(organisation, "--issuer-url", ISSUER).init() as server:
        url = f"http://{server.http_address}"
        found = httpx.get(f"{url}/.well-known/oauth-authorization-server").json()
        at = {name: str(value).replace(ISSUER, url) for name, value in found.items()}
        with OAuth2Session(
            "web", secret, token_endpoint_auth_method="client_secret_basic"
        ) as client:
            token = client.fetch_token(
                at["token_endpoint"], grant_type="client_credentials"
            )["access_token"]
            key = jwt.PyJWKClient(at["jwks_uri"]).get_signing_key_from_jwt(token)
            said = jwt.decode(
                token, key, algorithms=["EdDSA"], audience="orders", issuer=ISSUER
            )
            ask = at["introspection_endpoint"]
            before = client.introspect_token(ask, token=token).json()
            client.revoke_token(at["revocation_endpoint"], token=token)
            after = client.introspect_token(ask, token=token).json()

    assert f"arn:aws:iam::{ACCOUNT}:user/dev" == said["client_id"]
    assert before["active"] is True
    assert {"active": False} == after
    assert secret not in server.log
    assert token not in server.log


def test_without_issuer(organisation: Organisation) -> None:
    """Without an issuer there is the key set, and nothing else of OAuth."""
    with Daypassd(organisation).init() as server:
        url = f"http://{server.http_address}"

        assert 200 == httpx.get(f"{url}/.well-known/jwks.json").status_code
        assert 404 == httpx.post(f"{url}/oauth2/token").status_code
        path = ".well-known/openid-configuration"
        assert 404 == httpx.get(f"{url}/{path}").status_code
