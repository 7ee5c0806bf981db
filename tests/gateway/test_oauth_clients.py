"""How clients of the OAuth endpoints prove who they are: in one way, with one reply.

SPEC: sts-operations 6.1, 6.5 and 6.7; RFC 6749 section 2.3; attacks L13.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from daypass.core import federation_limits
from support.oauth_world import (
    ASSERTION,
    FILES,
    HASHED_SECRET,
    OWN,
    OAuthWorld,
    secret,
    shop_file,
)

REFUSAL = {
    "error": "invalid_client",
    "error_description": "Client authentication failed",
}


@pytest.fixture
def shop() -> Iterator[OAuthWorld]:
    """Yields a shop whose door is open."""
    with OAuthWorld() as found:
        yield found


def basic(client: str, password: str) -> dict[str, str]:
    """Returns the header of a client, encoded as RFC 6749 has it."""
    text = f"{quote(client, safe='')}:{quote(password, safe='')}"
    return {"authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


WEB = basic("web", secret("web"))


def ask(shop: OAuthWorld, *, headers: Any = None, **parameters: str) -> httpx.Response:
    """Asks for a token with these parameters, and with these headers."""
    fields = {"grant_type": OWN, **parameters}
    return shop.post("/oauth2/token", fields, headers=headers or {})


def by_assertion(shop: OAuthWorld, raw: str, **parameters: str) -> httpx.Response:
    """Asks for a token by an assertion."""
    return ask(
        shop, client_assertion=raw, client_assertion_type=ASSERTION, **parameters
    )


def details(shop: OAuthWorld) -> list[str]:
    """Returns why clients were not proven, as the audit log has it."""
    return [
        record.detail
        for record in shop.sts.audit.records
        if record.operation == "AuthenticateClient"
    ]


def check_refused(answer: httpx.Response) -> None:
    """Checks the one reply to every proof that is not good."""
    assert 401 == answer.status_code
    assert REFUSAL == answer.json()
    assert answer.headers["www-authenticate"].startswith('Basic realm="')
    assert "no-store" == answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("client", "password"), [("web", secret("web")), ("hashed", HASHED_SECRET)]
)
def test_secret_in_header(shop: OAuthWorld, client: str, password: str) -> None:
    """A client shows its secret in the header, however that is declared."""
    for _ in range(2):
        answer = ask(shop, headers=basic(client, password), audience="orders")

        assert 200 == answer.status_code


def test_secret_in_body(shop: OAuthWorld) -> None:
    """A client that may shows its secret in the body."""
    answer = ask(shop, client_id="web", client_secret=secret("web"), audience="orders")

    assert 200 == answer.status_code


@pytest.mark.parametrize(
    ("client", "password"),
    [
        ("web", "wrong" * 8),
        ("web", secret("web")[:-1]),
        ("web", secret("web") + "."),
        ("web", ""),
        ("web", "x" * 256),
        ("hashed", "wrong" * 8),
        ("images", "wrong" * 8),
        ("tls", "wrong" * 8),
        ("nobody", secret("nobody")),
        ("", ""),
        ("\x00", "ä"),
    ],
)
def test_one_reply(shop: OAuthWorld, client: str, password: str) -> None:
    """A wrong secret, an unknown client and one without a secret get one reply."""
    check_refused(ask(shop, headers=basic(client, password)))

    assert set(details(shop)) <= {
        "client_unknown_or_secret_wrong",
        "client_secret_length",
    }


def test_method_not_of_client(shop: OAuthWorld) -> None:
    """The right secret, shown in a way that the client may not, is a wrong one."""
    check_refused(ask(shop, client_id="hashed", client_secret=HASHED_SECRET))


def test_secret_that_changes(shop: OAuthWorld) -> None:
    """A secret that was right is not, once another hash is declared."""
    assert 200 == ask(shop, headers=basic("hashed", HASHED_SECRET)).status_code

    shop.sts.declare(shop_file("another-secret-" + "a" * 20), *FILES[1:])

    check_refused(ask(shop, headers=basic("hashed", HASHED_SECRET)))


@pytest.mark.parametrize(
    "header",
    [
        "Bearer token",
        "Basic",
        "Basic !",
        "Basic d2Vi",
        "Basic " + base64.b64encode("wäb:x".encode()).decode(),
        "Basic " + base64.b64encode(b"web:%ff%fe").decode(),
        "Basic " + "A" * 2_052,
        "DPoP x",
    ],
)
def test_header_refused(shop: OAuthWorld, header: str) -> None:
    """A header that is not of the form of Basic proves nobody."""
    check_refused(ask(shop, headers={"authorization": header}))

    assert details(shop)


def test_no_proof(shop: OAuthWorld) -> None:
    """Without a proof there is no client, whoever is named."""
    check_refused(ask(shop))
    check_refused(ask(shop, client_id="web"))

    assert ["no_proof"] * 2 == details(shop)


@pytest.mark.parametrize(
    ("parameters", "headers"),
    [
        ({"client_id": "web", "client_secret": secret("web")}, WEB),
        ({"client_id": "mute"}, WEB),
        ({"client_secret": secret("web")}, {}),
        ({"client_assertion": "x"}, {}),
        ({"client_assertion_type": ASSERTION}, {}),
        ({"client_assertion": "x", "client_assertion_type": ASSERTION}, WEB),
        (
            {
                "client_id": "web",
                "client_secret": secret("web"),
                "client_assertion": "x",
                "client_assertion_type": ASSERTION,
            },
            {},
        ),
    ],
    ids=[
        "header and body",
        "two client ids",
        "secret without id",
        "assertion without type",
        "type without assertion",
        "header and assertion",
        "body and assertion",
    ],
)
def test_two_proofs(
    shop: OAuthWorld, parameters: dict[str, str], headers: dict[str, str]
) -> None:
    """A client that is authenticated in two ways, or in half of one, is malformed."""
    answer = ask(shop, headers=headers, **parameters)

    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


def test_same_client_id(shop: OAuthWorld) -> None:
    """A client id beside the header is taken where it is the same."""
    headers = basic("web", secret("web"))

    answer = ask(shop, headers=headers, client_id="web", audience="orders")

    assert 200 == answer.status_code


def test_assertion(shop: OAuthWorld) -> None:
    """A client proves itself by an assertion, with or without its id beside it."""
    assert 200 == by_assertion(shop, shop.assertion()).status_code
    again = by_assertion(shop, shop.assertion(), client_id="images")
    assert 200 == again.status_code


def test_assertion_good_once(shop: OAuthWorld) -> None:
    """An assertion is good once, until no copy of it could be good any more."""
    raw = shop.assertion(jti="one")
    assert 200 == by_assertion(shop, raw).status_code

    check_refused(by_assertion(shop, raw))
    check_refused(by_assertion(shop, shop.assertion(jti="one")))
    shop.advance(timedelta(seconds=91))
    check_refused(by_assertion(shop, raw))

    assert 200 == by_assertion(shop, shop.assertion(jti="one")).status_code
    assert ["assertion_used_before"] * 2 + ["assertion_expired"] == details(shop)


def test_refused_assertion_is_not_used(shop: OAuthWorld) -> None:
    """An assertion that was refused does not use up the name of a good one."""
    check_refused(by_assertion(shop, shop.assertion(jti="one", aud="https://x")))

    assert 200 == by_assertion(shop, shop.assertion(jti="one")).status_code


@pytest.mark.parametrize(
    ("client", "parameters", "detail"),
    [
        ("images", {"client_id": "web"}, "client_id_not_of_assertion"),
        ("nobody", {}, "client_unknown"),
        ("web", {}, "method_not_of_client"),
    ],
)
def test_assertion_of_other(
    shop: OAuthWorld, client: str, parameters: dict[str, str], detail: str
) -> None:
    """An assertion of another client, or of one that has no keys, proves nobody."""
    check_refused(by_assertion(shop, shop.assertion(client), **parameters))

    assert [detail] == details(shop)


@pytest.mark.parametrize("raw", ["", "x", "a.b.c", "ä.ö.ü"])
def test_no_assertion(shop: OAuthWorld, raw: str) -> None:
    """Garbage in place of an assertion proves nobody, or is half of a proof."""
    answer = by_assertion(shop, raw)

    assert answer.status_code == (401 if raw else 400)


def test_assertion_type_unknown(shop: OAuthWorld) -> None:
    """An assertion of another kind proves nobody."""
    kind = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"

    check_refused(ask(shop, client_assertion="x", client_assertion_type=kind))


def test_claim_is_recorded(shop: OAuthWorld) -> None:
    """The record of a refusal says whom the proof claimed to be of, and no secret."""
    ask(shop, headers=basic("web", "wrong" * 8))

    (record,) = shop.sts.audit.records
    assert ("claimed_client_id", "web") in record.attributes
    assert "OAuthToken" == record.resource
    assert "wrongwrong" not in repr(record)


def test_refusals_are_bounded(shop: OAuthWorld) -> None:
    """Who brings bad proofs again and again is told to come back later."""
    raw = "x.y.z"
    for _ in range(federation_limits.REFUSED_PROOFS_BURST_MAX):
        assert 401 == by_assertion(shop, raw).status_code

    answer = by_assertion(shop, raw)

    assert 429 == answer.status_code
    assert "temporarily_unavailable" == answer.json()["error"]
    assert 1 <= int(answer.headers["retry-after"])


def test_keys_that_cannot_be_read(shop: OAuthWorld) -> None:
    """Keys that a load would have refused are our fault, and prove nobody."""
    shop.sts.declare(shop_file().replace('"x":', '"d": "AA", "x":'), *FILES[1:])

    answer = by_assertion(shop, shop.assertion())

    assert (500, "server_error") == (answer.status_code, answer.json()["error"])
