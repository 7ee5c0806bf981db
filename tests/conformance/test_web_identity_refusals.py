"""Tokens that are not good, at a real `daypassd`: each has its documented code.

The provider's keys are a file of the directory; tokens are signed by PyJWT.
SPEC: sts-operations 0.3 and 1.3; details 3 and 39; attacks J01 to J53 and O31.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from support.daypassd import Daypassd, refusal_of
from support.oidc_issuer import forge, jwk, key_set_text, part, sign
from support.web_identity_calls import (
    AUDIENCE,
    SUBJECT,
    TrustingOrganisation,
    exchange,
    keys_of,
    reason_of,
)

ISSUER = "https://ci.example"
NONE = '{"alg":"none"}'
WRONG = "InvalidIdentityToken"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daypassd]:
    """Yields a server whose provider has its keys in the directory."""
    organisation = TrustingOrganisation(
        tmp_path_factory.mktemp("organisation"),
        ISSUER,
        ", key_set: {file: ci.json}, single_use: true",
    )
    text = key_set_text(jwk("ES256"), jwk("RS256"))
    (organisation.directory / "ci.json").write_text(text, encoding="utf-8")
    organisation.write(organisation.declared())
    with Daypassd(organisation).init() as running:
        yield running


def claims(**changes: object) -> dict[str, object]:
    """Returns the claims of a good token as of now; None drops one."""
    now = int(time.time())
    members: dict[str, object] = {
        "iss": ISSUER,
        "sub": SUBJECT,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + 600,
        "jti": str(time.monotonic_ns()),
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def test_good_token(server: Daypassd) -> None:
    """A good token is taken, so that what follows is refused for its own fault."""
    for algorithm in ("ES256", "RS256"):
        keys = keys_of(exchange(server, sign(claims(), algorithm=algorithm)))

        assert "verified" == server.verdict(keys)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": 1_000_600, "iat": 1_000_000}, "ExpiredTokenException"),
        ({"aud": "somebody-else"}, WRONG),
        ({"iss": "https://other.example"}, WRONG),
        ({"iss": f"{ISSUER}/"}, WRONG),
        ({"aud": [AUDIENCE, "x"]}, WRONG),
        ({"azp": "x"}, WRONG),
        ({"iat": None}, WRONG),
        ({"sub": "repo:evil/app"}, "AccessDenied"),
        ({"https://aws.amazon.com/source_identity": "ada"}, "AccessDenied"),
        (
            {"https://aws.amazon.com/tags": {"principal_tags": {"aws:x": ["v"]}}},
            "InvalidParameterValue",
        ),
        ({"https://aws.amazon.com/roles": []}, WRONG),
    ],
    ids=[
        *("expired", "wrong audience", "wrong issuer", "slash", "audiences", "azp"),
        *("no iat", "another job", "source identity", "O30", "roles"),
    ],
)
def test_claims(server: Daypassd, changes: dict[str, object], reason: str) -> None:
    """Claims that are not good have the code that clients know."""
    assert reason == reason_of(server, sign(claims(**changes)))


def tampered() -> str:
    """Returns a token of which one claim was changed after it was signed."""
    head, _, signature = sign(claims()).split(".")
    _, body, _ = sign(claims(sub="repo:shop/app:root")).split(".")
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (sign(claims(), number=1, key_id="ES256-0"), WRONG),
        (tampered(), WRONG),
        (sign(claims())[:-2], WRONG),
        (sign(claims()).rpartition(".")[0], WRONG),
        (sign(sign(claims()).encode(), cty="JWT"), WRONG),
        (sign(sign(claims()).encode()), WRONG),
        (f"{part('{')}.{part('{}')}.", WRONG),
        (f"{part(NONE)}.{part('{}')}.", WRONG),
        (forge({"alg": "HS256", "kid": "ES256-0"}, claims()), WRONG),
        ("." * 20_000, WRONG),
        ("x" * 20_000, WRONG),
        ("x" * 20_001, "ValidationError"),
        ("xyz", "ValidationError"),
        ("", "ValidationError"),
    ],
    ids=[
        *("wrong key", "tampered", "truncated", "two parts", "J30 nested", "no JSON"),
        *("half a header", "J01 none", "J03 HS256", "J48 dots", "20000", "20001"),
        *("short", "missing"),
    ],
)
def test_form(server: Daypassd, raw: str, reason: str) -> None:
    """A token that is none, or is signed by nobody we know, is refused."""
    assert reason == reason_of(server, raw)


def test_nothing_of_a_token_is_logged(server: Daypassd) -> None:
    """Neither a good nor a refused token is in the log or the audit log."""
    good, wrong = sign(claims()), sign(claims(), number=1, key_id="ES256-0")
    exchange(server, good)
    reason_of(server, wrong)

    written = server.log + (server.state / "audit.jsonl").read_text(encoding="utf-8")

    assert "AssumeRoleWithWebIdentity" in written
    for token in (good, wrong):
        assert not [piece for piece in token.split(".")[1:] if piece in written]


def test_good_once(server: Daypassd) -> None:
    """In one-time mode the second exchange of a token is refused (O31)."""
    token = sign(claims())

    exchange(server, token)

    error = refusal_of(lambda: exchange(server, token))
    assert "good only once" in error.details()
    assert WRONG == reason_of(server, token)
