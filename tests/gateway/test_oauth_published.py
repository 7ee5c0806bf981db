"""What anybody may read: metadata at every place of it, and key sets.

SPEC: sts-operations 6.3 and 6.4; RFC 8414; OpenID Connect Discovery 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from daypass.adapters.tls_files import TlsFiles
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.jwks import jwks
from daypass.tokens.identity_token import IdentityClaims, sign_identity_token
from support.exchanged import OUR_ISSUER
from support.http_world import DoorOptions
from support.oauth_world import FILES, OTHER, SHOP, OAuthWorld, shop_file
from support.tls import new_pki

HOUR = timedelta(hours=1)
METADATA = "/.well-known/oauth-authorization-server"
DISCOVERY = "/.well-known/openid-configuration"
KEYS = "/.well-known/jwks.json"


@pytest.fixture
def shop() -> Iterator[OAuthWorld]:
    """Yields a shop whose door is open."""
    with OAuthWorld() as found:
        yield found


@pytest.mark.parametrize("path", [METADATA, DISCOVERY])
def test_metadata(shop: OAuthWorld, path: str) -> None:
    """Both documents of the deployment say the same, and name only what is there."""
    answer = shop.http.get(path)

    body = answer.json()
    assert OUR_ISSUER == body["issuer"]
    assert f"{OUR_ISSUER}/oauth2/token" == body["token_endpoint"]
    assert f"{OUR_ISSUER}{KEYS}" == body["jwks_uri"]
    assert [] == body["response_types_supported"]
    assert ["public"] == body["subject_types_supported"]
    assert ["EdDSA"] == body["id_token_signing_alg_values_supported"]
    assert "none" not in body["token_endpoint_auth_signing_alg_values_supported"]
    for endpoint in ("token", "introspection", "revocation"):
        served = body[f"{endpoint}_endpoint"].removeprefix(OUR_ISSUER)
        assert 401 == shop.post(served, {}).status_code
        assert [
            "client_secret_basic",
            "client_secret_post",
            "private_key_jwt",
        ] == body[f"{endpoint}_endpoint_auth_methods_supported"]
    assert 3 == len(body["grant_types_supported"])


def test_certificates_are_named(tmp_path: Path) -> None:
    """Certificates are named as a method where clients are asked for them."""
    pki = new_pki(tmp_path)
    client = pki.client_files("client.example")
    tls = TlsFiles.open(pki.mutual).context

    with OAuthWorld(DoorOptions(files=FILES, tls=tls), pki.context(client)) as shop:
        methods = shop.http.get(METADATA).json()[
            "token_endpoint_auth_methods_supported"
        ]

    assert "tls_client_auth" in methods


@pytest.mark.parametrize("path", [METADATA, DISCOVERY, KEYS])
def test_cached(shop: OAuthWorld, path: str) -> None:
    """A document says for how long it is good, and is not sent twice to who has it."""
    first = shop.http.get(path)
    tag = first.headers["etag"]

    again = shop.http.get(path, headers={"if-none-match": f'"x", W/{tag}'})
    other = shop.http.get(path, headers={"if-none-match": '"x"'})

    assert "public, max-age=300" == first.headers["cache-control"]
    assert "application/json" == first.headers["content-type"]
    assert (304, b"") == (again.status_code, again.content)
    assert "content-length" not in again.headers
    assert tag == again.headers["etag"]
    assert first.headers["cache-control"] == again.headers["cache-control"]
    assert (200, first.content) == (other.status_code, other.content)
    assert 304 == shop.http.get(path, headers={"if-none-match": "*"}).status_code


def test_connection_goes_on(shop: OAuthWorld) -> None:
    """After an answer without a body the connection is good for another request."""
    tag = shop.http.get(KEYS).headers["etag"]

    for _ in range(3):
        answer = shop.http.get(KEYS, headers={"if-none-match": tag})
        assert 304 == answer.status_code
    assert 200 == shop.http.get(KEYS).status_code


def test_head(shop: OAuthWorld) -> None:
    """A HEAD has the headers of the document and nothing of it."""
    answer = shop.http.head(KEYS)

    assert (200, b"") == (answer.status_code, answer.content)
    assert answer.headers["etag"]
    assert 0 < int(answer.headers["content-length"])


def test_key_set(shop: OAuthWorld) -> None:
    """The key set has every published key, its public members and its use."""
    answer = shop.http.get(KEYS)

    assert jwks(shop.sts.ring.current()) == answer.json()
    for key in answer.json()["keys"]:
        assert {"kid", "kty", "use", "alg"} <= set(key)
        assert {"d", "k", "p", "q"}.isdisjoint(key)


def issuer_of(shop: OAuthWorld, account_id: str) -> str:
    """Returns the issuer of an account."""
    account = shop.sts.directory.current().account(account_id)
    return shop.wiring.outbound_issuers.issuer_of(account)


@pytest.mark.parametrize(
    "template", ["{path}" + DISCOVERY, METADATA + "{path}"], ids=["after", "inserted"]
)
def test_issuer_of_account(shop: OAuthWorld, template: str) -> None:
    """An account's issuer below the base has its document at both places."""
    issuer = issuer_of(shop, SHOP)
    path = issuer.removeprefix(OUR_ISSUER)

    body = shop.http.get(template.format(path=path)).json()
    keys = shop.http.get(path + KEYS).json()

    assert issuer == body["issuer"]
    assert issuer + KEYS == body["jwks_uri"]
    assert {"RS256", "ES384"} == {key["alg"] for key in keys["keys"]}


def test_issuer_of_its_own() -> None:
    """An issuer that an account declares is served to who asks its host for it."""
    with OAuthWorld(DoorOptions(files=FILES, hosts=["tokens.other.example"])) as other:
        headers = {"host": "tokens.other.example"}
        body = other.http.get(f"/prod{DISCOVERY}", headers=headers).json()
        absent = other.http.get(f"/prod{DISCOVERY}")

        assert issuer_of(other, OTHER) == body["issuer"]
        assert 404 == absent.status_code


@pytest.mark.parametrize(
    "path",
    [
        f"/accounts/unknown{DISCOVERY}",
        f"/accounts/unknown{KEYS}",
        f"{METADATA}/accounts/unknown",
        f"/x{METADATA}",
        f"{DISCOVERY}/",
        "/.well-known/unknown",
    ],
)
def test_unknown_issuer(shop: OAuthWorld, path: str) -> None:
    """Where no issuer of ours is, there is nothing."""
    assert 404 == shop.http.get(path).status_code


@pytest.mark.parametrize("path", [METADATA, KEYS])
def test_reading_only(shop: OAuthWorld, path: str) -> None:
    """V32, V33: documents are read, and by pages of this origin alone."""
    answer = shop.http.post(path)

    assert 405 == answer.status_code
    assert "GET, HEAD" == answer.headers["allow"]
    read = shop.http.get(path, headers={"origin": "https://page.example"})
    assert "access-control-allow-origin" not in read.headers


def test_pyjwt_finds_key(shop: OAuthWorld) -> None:
    """PyJWT's client finds the key of a token by its name, and verifies the token."""
    token = shop.token().json()["access_token"]
    keys = jwt.PyJWKClient(f"{shop.url}{KEYS}")

    said = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token),
        algorithms=["EdDSA"],
        audience="orders",
        issuer=OUR_ISSUER,
        # The world's clock began when the test did.
        leeway=timedelta(minutes=1),
    )

    assert "access" == said["token_use"]
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token),
            algorithms=["EdDSA"],
            audience="images",
        )


@pytest.mark.parametrize("algorithm", [Algorithm.RS256, Algorithm.ES384])
def test_pyjwt_follows_account(shop: OAuthWorld, algorithm: Algorithm) -> None:
    """PyJWT's client finds the keys of an account's issuer by its discovery."""
    issuer = issuer_of(shop, SHOP)
    now = shop.clock.now()
    token = sign_identity_token(
        IdentityClaims("t-1", issuer, ("pay",), "arn", now, now + HOUR, {}),
        shop.sts.ring.current(),
        algorithm,
    )
    discovery = shop.http.get(issuer.removeprefix(OUR_ISSUER) + DISCOVERY).json()
    keys = jwt.PyJWKClient(discovery["jwks_uri"].replace(OUR_ISSUER, shop.url))

    said = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token),
        algorithms=discovery["id_token_signing_alg_values_supported"],
        audience="pay",
        issuer=discovery["issuer"],
        leeway=timedelta(minutes=1),
    )

    assert "t-1" == said["jti"]


def test_issuer_ends_with_declaration(shop: OAuthWorld) -> None:
    """An issuer that is not declared any more publishes nothing from then on."""
    path = issuer_of(shop, SHOP).removeprefix(OUR_ISSUER)
    assert 200 == shop.http.get(path + DISCOVERY).status_code

    ended = shop_file().replace("{enabled: true}", "{enabled: false}")
    shop.sts.declare(ended, *FILES[1:])

    assert 404 == shop.http.get(path + DISCOVERY).status_code
