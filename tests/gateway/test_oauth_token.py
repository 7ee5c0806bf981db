"""The token endpoint: three grants, their errors, and the headers of both.

SPEC: sts-operations 6.1 and 6.5; details 59 and 60.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from daypass.core.errors import StoreUnavailableError
from support.exchanged import OUR_ISSUER
from support.oauth_world import (
    ASSERTION,
    BEARER,
    EXCHANGE,
    IMAGES,
    OWN,
    STOREFRONT,
    TYPE,
    OAuthWorld,
    secret,
)


@pytest.fixture
def shop() -> Iterator[OAuthWorld]:
    """Yields a shop whose door is open."""
    with OAuthWorld() as found:
        yield found


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Returns the status and the code of an error, whose form is that of RFC 6749."""
    body = answer.json()
    assert {"error", "error_description"} == set(body)
    assert "application/json" == answer.headers["content-type"]
    assert "no-store" == answer.headers["cache-control"]
    assert "no-cache" == answer.headers["pragma"]
    return answer.status_code, body["error"]


def test_client_credentials(shop: OAuthWorld) -> None:
    """A client gets an access token for itself, of RFC 9068, for what it asks."""
    answer = shop.token(scope="read")

    body = answer.json()
    said = shop.claims(body["access_token"])
    assert 200 == answer.status_code
    assert {"access_token", "token_type", "expires_in", "scope"} == set(body)
    assert ("Bearer", 600, "read") == (
        body["token_type"],
        body["expires_in"],
        body["scope"],
    )
    assert "no-store" == answer.headers["cache-control"]
    assert "orders" == said["aud"]
    assert STOREFRONT == said["client_id"]
    assert f"{OUR_ISSUER}#{STOREFRONT}" == said["sub"]
    assert "read" == said["scope"]
    assert 600 == said["exp"] - said["iat"]


def test_whatever_there_is(shop: OAuthWorld) -> None:
    """Without a scope all is granted, and without a target the only one is meant."""
    answer = shop.post(
        "/oauth2/token",
        {
            "grant_type": OWN,
            "client_assertion_type": ASSERTION,
            "client_assertion": shop.assertion(),
        },
    )

    said = shop.claims(answer.json()["access_token"])
    assert "storage" == said["aud"]
    assert "list" == said["scope"] == answer.json()["scope"]
    assert IMAGES == said["client_id"]


def test_several_targets(shop: OAuthWorld) -> None:
    """Detail 59: several targets are a list, of audiences and resources."""
    pairs = [
        ("grant_type", OWN),
        ("audience", "orders"),
        ("audience", "stock"),
        ("resource", "https://stock.example/"),
    ]

    answer = shop.post("/oauth2/token", pairs, auth=("web", secret("web")))

    said = shop.claims(answer.json()["access_token"])
    assert ["orders", "stock", "https://stock.example/"] == said["aud"]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"audience": "images"}, "invalid_target"),
        ({"audience": ""}, "invalid_target"),
        ({"resource": "https://else.example/"}, "invalid_target"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "read admin"}, "invalid_scope"),
        ({"scope": "read  write"}, "invalid_scope"),
        ({"scope": " read"}, "invalid_scope"),
    ],
)
def test_own_token_refused(
    shop: OAuthWorld, parameters: dict[str, str], code: str
) -> None:
    """A client gets no token of its own beyond what it is declared for."""
    assert (400, code) == refusal(shop.token(**parameters))


def test_policy_decides(shop: OAuthWorld) -> None:
    """A client whose principal has no policy for it gets nothing, and may ask why."""
    answer = shop.token("mute")

    assert (400, "unauthorized_client") == refusal(answer)
    assert answer.headers["x-daypass-decision-id"]


def test_grant_not_of_client(shop: OAuthWorld) -> None:
    """A grant that the client is not declared for is not for it."""
    answer = shop.token("audit")

    assert (400, "unauthorized_client") == refusal(answer)


def test_exchange(shop: OAuthWorld) -> None:
    """Detail 60: an exchange always says which type of token was issued."""
    body = shop.exchanged().json()

    said = shop.claims(body["access_token"])
    assert f"{TYPE}access_token" == body["issued_token_type"]
    assert "Bearer" == body["token_type"]
    assert "read write" == body["scope"]
    assert 1_800 == body["expires_in"]
    assert "images" == said["aud"]


@pytest.mark.parametrize("kind", ["id_token", "jwt"])
def test_exchange_for_others(shop: OAuthWorld, kind: str) -> None:
    """What is no access token stands in `access_token` all the same, as N_A."""
    body = shop.exchanged(requested_token_type=f"{TYPE}{kind}").json()

    assert f"{TYPE}{kind}" == body["issued_token_type"]
    assert "N_A" == body["token_type"]
    assert shop.claims(body["access_token"])


def test_exchange_for_credentials(shop: OAuthWorld) -> None:
    """Credentials of a role come in a member of their own."""
    body = shop.exchanged(
        audience="",
        requested_token_type="urn:daypass:params:oauth:token-type:credentials",
    ).json()

    assert "N_A" == body["token_type"]
    credentials = body["credentials"]
    assert body["access_token"] == credentials["SessionToken"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"} == set(
        credentials
    )


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"subject_token": "garbage"}, "invalid_request"),
        ({"subject_token": ""}, "invalid_request"),
        ({"subject_token_type": ""}, "invalid_request"),
        ({"subject_token_type": f"{TYPE}saml2"}, "invalid_request"),
        ({"actor_token_type": f"{TYPE}jwt"}, "invalid_request"),
        ({"requested_token_type": f"{TYPE}refresh_token"}, "invalid_request"),
        ({"audience": "nobody"}, "invalid_target"),
        ({"scope": "admin"}, "invalid_scope"),
    ],
    ids=str,
)
def test_exchange_refused(
    shop: OAuthWorld, parameters: dict[str, str], code: str
) -> None:
    """Detail 60: a bad subject, and an actor's type alone, are invalid requests."""
    assert (400, code) == refusal(shop.exchanged(**parameters))


def test_expired_subject(shop: OAuthWorld) -> None:
    """Detail 60: an expired subject token is an invalid request."""
    now = int(shop.clock.now().timestamp())
    expired = shop.customer(iat=now - 7_200, exp=now - 3_600)

    answer = shop.exchanged(subject_token=expired)

    assert (400, "invalid_request") == refusal(answer)
    assert "The subject or actor token has expired" in answer.text


def test_session_token_as_subject(shop: OAuthWorld) -> None:
    """J28: a session token is no subject, whatever it is said to be."""
    credentials = shop.exchanged(
        audience="",
        requested_token_type="urn:daypass:params:oauth:token-type:credentials",
    ).json()

    answer = shop.exchanged(
        subject_token=credentials["access_token"],
        subject_token_type=f"{TYPE}access_token",
    )

    assert (400, "invalid_request") == refusal(answer)


def bearer(shop: OAuthWorld, **changes: Any) -> httpx.Response:
    """Asks for a token by an assertion about a customer."""
    assertion = shop.customer(**{"aud": OUR_ISSUER, **changes})
    return shop.token(grant_type=BEARER, assertion=assertion, audience="images")


@pytest.mark.parametrize("audience", [OUR_ISSUER, [OUR_ISSUER]])
def test_jwt_bearer(shop: OAuthWorld, audience: object) -> None:
    """An assertion of a provider that is meant for us gets a token for its subject."""
    body = bearer(shop, aud=audience).json()

    assert {"access_token", "token_type", "expires_in", "scope"} == set(body)
    assert shop.claims(body["access_token"])["sub"].endswith("#user-1")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "daypass-client"},
        {"aud": ["daypass-client", "https://else.example"]},
        {"aud": None},
        {"aud": 7},
        {"iss": "https://else.example"},
        {"exp": 1},
        {"sub": None},
        {"cnf": {"jkt": "x"}},
    ],
    ids=str,
)
def test_assertion_refused(shop: OAuthWorld, changes: dict[str, Any]) -> None:
    """J28: an assertion that is not good, or not meant for us, is no grant."""
    assert (400, "invalid_grant") == refusal(bearer(shop, **changes))


@pytest.mark.parametrize(
    ("assertion", "code"), [("", "invalid_request"), ("a.b", "invalid_grant")]
)
def test_no_assertion(shop: OAuthWorld, assertion: str, code: str) -> None:
    """A grant without its assertion is malformed, and garbage is none."""
    answer = shop.token(grant_type=BEARER, assertion=assertion)

    assert (400, code) == refusal(answer)


@pytest.mark.parametrize(
    "name", ["grant_type", "scope", "subject_token", "client_id", "unheard_of"]
)
def test_parameter_repeated(shop: OAuthWorld, name: str) -> None:
    """A parameter that may stand once and stands twice refuses the request."""
    pairs = [("grant_type", EXCHANGE), (name, "web"), (name, "web")]

    answer = shop.post("/oauth2/token", pairs, auth=("web", secret("web")))

    assert (400, "invalid_request") == refusal(answer)


def test_parameter_without_value(shop: OAuthWorld) -> None:
    """A parameter without a value was not sent."""
    pairs = [("grant_type", OWN), ("audience", "orders"), ("scope", "")]

    answer = shop.post("/oauth2/token", pairs, auth=("web", secret("web")))

    assert "read write" == answer.json()["scope"]


def test_parameters_in_url(shop: OAuthWorld) -> None:
    """Parameters in the URL are refused, so that no token ends up in a log."""
    answer = shop.post("/oauth2/token?grant_type=x", {}, auth=("web", secret("web")))

    assert (400, "invalid_request") == refusal(answer)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("path", ["token", "introspect", "revoke"])
def test_other_methods(shop: OAuthWorld, method: str, path: str) -> None:
    """V32: the endpoints take POST alone, and say so."""
    answer = shop.http.request(method, f"/oauth2/{path}")

    assert 405 == answer.status_code
    assert "POST" == answer.headers["allow"]
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["token", "introspect", "revoke"])
@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-encoding": "gzip"},
    ],
    ids=str,
)
def test_other_bodies(shop: OAuthWorld, path: str, headers: dict[str, str]) -> None:
    """V29, V31: a body that is no plain form is refused unread."""
    answer = shop.post(f"/oauth2/{path}", {"a": "b"}, headers=headers)

    assert 415 == answer.status_code


def test_cross_origin(shop: OAuthWorld) -> None:
    """V33: nothing lets pages of other origins read an answer."""
    answer = shop.post(
        "/oauth2/token",
        {"grant_type": OWN, "audience": "orders"},
        auth=("web", secret("web")),
        headers={"origin": "https://page.example"},
    )

    assert 200 == answer.status_code
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "server" not in answer.headers


def test_body_too_large(shop: OAuthWorld) -> None:
    """V30: a body beyond any that is right is not read."""
    assert 413 == shop.post("/oauth2/token", {"a": "b" * 2_000_000}).status_code


def test_guard_store_away(shop: OAuthWorld) -> None:
    """While an assertion cannot be used up, nobody is proven by one."""
    shop.sts.guards.fail_next(StoreUnavailableError("down"))

    answer = shop.post(
        "/oauth2/token",
        {
            "grant_type": OWN,
            "client_assertion_type": ASSERTION,
            "client_assertion": shop.assertion(),
        },
    )

    assert (503, "temporarily_unavailable") == refusal(answer)
    assert 1 <= int(answer.headers["retry-after"])
