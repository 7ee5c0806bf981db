"""OAuth clients that we did not write: Authlib and google-auth, unmodified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import google.auth.exceptions
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from google.auth import identity_pool
from google.auth.transport.requests import Request
from joserfc.jwk import import_key

from support.exchanged import OUR_ISSUER
from support.http_world import DoorOptions
from support.oauth_world import FILES, OWN, STOREFRONT, TYPE, OAuthWorld, secret
from support.oidc_issuer import ALGORITHMS, jwk, key_for


@pytest.fixture
def shop() -> Iterator[OAuthWorld]:
    """Yields a shop whose door is open."""
    with OAuthWorld() as found:
        yield found


@pytest.fixture
def web(shop: OAuthWorld) -> Iterator[OAuth2Session]:
    """Yields Authlib as the client that has a secret."""
    with OAuth2Session("web", secret("web"), token_endpoint_auth_method=BASIC) as found:
        found.metadata = {"token_endpoint": f"{shop.url}/oauth2/token"}
        yield found


BASIC = "client_secret_basic"


def metadata(shop: OAuthWorld) -> dict[str, Any]:
    """Returns where the endpoints are, as discovery tells, on the test's port."""
    answer = shop.http.get("/.well-known/oauth-authorization-server")
    found: dict[str, Any] = json.loads(answer.text.replace(OUR_ISSUER, shop.url))
    return found


@pytest.mark.parametrize("method", [BASIC, "client_secret_post"])
def test_authlib_secret(shop: OAuthWorld, method: str) -> None:
    """Authlib gets a token by a secret, in the header or in the body."""
    endpoint = metadata(shop)["token_endpoint"]

    with OAuth2Session(
        "web", secret("web"), token_endpoint_auth_method=method, scope="read"
    ) as client:
        token = client.fetch_token(endpoint, grant_type=OWN, audience="orders")

    assert "read" == token["scope"]
    assert STOREFRONT == shop.claims(token["access_token"])["client_id"]


@pytest.mark.parametrize("audience", [OUR_ISSUER, None])
def test_authlib_key(shop: OAuthWorld, audience: str | None) -> None:
    """Authlib gets a token by its key, for assertions that are meant for the issuer."""
    pem = key_for("RS256").private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    method = PrivateKeyJWT(audience, headers={"kid": "RS256-0"})

    with OAuth2Session(
        "images", pem, token_endpoint_auth_method=PrivateKeyJWT.name
    ) as client:
        client.register_client_auth_method(method)
        endpoint = metadata(shop)["token_endpoint"]
        if audience is None:
            with pytest.raises(OAuthError, match="invalid_client"):
                client.fetch_token(endpoint, grant_type=OWN)
            return
        token = client.fetch_token(endpoint, grant_type=OWN)

    assert "list" == token["scope"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_authlib_algorithms(algorithm: str) -> None:
    """Authlib gets a token by a key of each algorithm that there is."""
    keys = json.dumps({"keys": [jwk(algorithm)]})
    declared = json.dumps({"keys": [jwk("ES256"), jwk("RS256")]})
    assert declared in FILES[0]
    files = (FILES[0].replace(declared, keys), *FILES[1:])
    pem = key_for(algorithm).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    own = import_key(pem, "EC" if algorithm.startswith("ES") else "RSA")
    method = PrivateKeyJWT(OUR_ISSUER, headers={"kid": f"{algorithm}-0"}, alg=algorithm)

    with (
        OAuthWorld(DoorOptions(files=files)) as shop,
        OAuth2Session(
            "images", own, token_endpoint_auth_method=PrivateKeyJWT.name
        ) as client,
    ):
        client.register_client_auth_method(method)
        found = metadata(shop)
        token = client.fetch_token(found["token_endpoint"], grant_type=OWN)

    assert algorithm in found["token_endpoint_auth_signing_alg_values_supported"]
    assert "list" == token["scope"]


def test_authlib_life_of_token(shop: OAuthWorld, web: OAuth2Session) -> None:
    """Authlib asks what a token says, ends it, and learns that it has ended."""
    found = metadata(shop)
    token = web.fetch_token(found["token_endpoint"], grant_type=OWN, audience="orders")
    text = token["access_token"]

    before = web.introspect_token(found["introspection_endpoint"], token=text).json()
    revoked = web.revoke_token(
        found["revocation_endpoint"], token=text, token_type_hint="access_token"
    )
    after = web.introspect_token(found["introspection_endpoint"], token=text).json()

    assert before["active"] is True
    assert STOREFRONT == before["client_id"]
    assert 200 == revoked.status_code
    assert {"active": False} == after


def test_authlib_is_refused(shop: OAuthWorld) -> None:
    """Authlib reads our errors as those of OAuth."""
    with (
        OAuth2Session("web", "wrong" * 8, token_endpoint_auth_method=BASIC) as client,
        pytest.raises(OAuthError) as caught,
    ):
        client.fetch_token(metadata(shop)["token_endpoint"], grant_type=OWN)

    assert "invalid_client" == caught.value.error
    assert "Client authentication failed" == caught.value.description


def pool(shop: OAuthWorld, file: Path, **changes: Any) -> Any:
    """Returns credentials of google-auth that exchange the token of a file."""
    options = {
        "audience": "images",
        "subject_token_type": f"{TYPE}id_token",
        "token_url": f"{shop.url}/oauth2/token",
        "credential_source": {"file": str(file)},
        "client_id": "web",
        "client_secret": secret("web"),
        "scopes": ["read"],
        **changes,
    }
    # It has no types.
    made: Any = identity_pool.Credentials
    return made(**options)


def test_google_auth_exchanges(shop: OAuthWorld, tmp_path: Path) -> None:
    """google-auth exchanges the token of a file, as a client of RFC 8693."""
    file = tmp_path / "token"
    file.write_text(shop.customer())
    credentials = pool(shop, file)

    credentials.refresh(Request())

    said = shop.claims(credentials.token)
    assert ("images", "read") == (said["aud"], said["scope"])
    assert said["sub"].endswith("#user-1")
    assert credentials.expiry is not None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_secret": "wrong" * 8}, "invalid_client"),
        ({"audience": "nobody"}, "invalid_target"),
        ({"scopes": ["admin"]}, "invalid_scope"),
        ({"subject_token_type": f"{TYPE}saml2"}, "invalid_request"),
    ],
    ids=["secret", "audience", "scope", "type"],
)
def test_google_auth_is_refused(
    shop: OAuthWorld, tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    """google-auth reads our errors as those of OAuth."""
    file = tmp_path / "token"
    file.write_text(shop.customer())

    with pytest.raises(google.auth.exceptions.OAuthError, match=code):
        pool(shop, file, **changes).refresh(Request())
