"""The operations that people and workloads come in by, through boto3.

They are not signed; their request is the proof. What makes a proof good is tested
with the use cases.

SPEC: sts-operations 1.2, 1.3, 1.8 and 1.11; details 13, 23, 36, 43, 47 and 59.
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.aws_clients import keys_in, refusal, sts
from support.http_client import HttpAnswer, Keys, ask, unsigned
from support.http_organisation import (
    VISITORS,
    WEB_PROVIDER,
    B,
)
from support.http_world import DoorOptions, HttpWorld
from support.oidc_issuer import claims, sign
from support.saml_idp import PROVIDER_ARN, ROLE_ARN, encode, response
from support.surroundings import Surroundings

pytestmark = pytest.mark.usefixtures("around")


def _token(world: HttpWorld, **changes: object) -> str:
    now = int(world.clock.now().timestamp())
    return sign(claims(iat=now, exp=now + 3_600, **changes))


def _web_identity(world: HttpWorld, token: str, **more: str) -> HttpAnswer:
    parameters = {
        "Action": "AssumeRoleWithWebIdentity",
        "RoleArn": VISITORS,
        "RoleSessionName": "visit",
        "WebIdentityToken": token,
        **more,
    }
    return ask(world, unsigned(world, parameters))


@pytest.fixture
def client(world: HttpWorld, dev: Keys, around: Surroundings) -> Any:
    """Returns a client with the keys of a user."""
    del around
    return sts(world, dev)


def test_web_identity(world: HttpWorld, client: Any) -> None:
    """The token of a provider is exchanged for credentials that work."""
    found = client.assume_role_with_web_identity(
        RoleArn=VISITORS, RoleSessionName="visit", WebIdentityToken=_token(world)
    )

    assert ("user-1", WEB_PROVIDER) == (
        found["SubjectFromWebIdentityToken"],
        found["Provider"],
    )
    assert found["PackedPolicySize"] >= 1
    arn = f"arn:aws:sts::{B}:assumed-role/Visitors/visit"
    assert arn == found["AssumedRoleUser"]["Arn"]
    session = sts(world, keys_in(found["Credentials"]))
    assert arn == session.get_caller_identity()["Arn"]


def test_detail_3_expired_web_identity(world: HttpWorld) -> None:
    """A token that is over is `ExpiredTokenException`, 400, and no other code."""
    now = int(world.clock.now().timestamp())
    token = sign(claims(iat=now - 7_200, exp=now - 3_600))

    assert (400, "ExpiredTokenException") == _web_identity(world, token).refusal


@pytest.mark.parametrize(
    "authorization",
    ["x", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=a, Signature=0"],
)
def test_v34_authorization_is_ignored(world: HttpWorld, authorization: str) -> None:
    """A signature that comes along neither helps nor hurts."""
    good = unsigned(
        world,
        {
            "Action": "AssumeRoleWithWebIdentity",
            "RoleArn": VISITORS,
            "RoleSessionName": "visit",
            "WebIdentityToken": _token(world),
        },
    )

    assert 200 == ask(world, good.plus(("Authorization", authorization))).status
    bad = unsigned(world, {"Action": "AssumeRoleWithSAML"})
    answer = ask(world, bad.plus(("Authorization", authorization)))
    assert (400, "ValidationError") == answer.refusal


@pytest.mark.parametrize("token", ["", "abcd", "a.b.c"])
def test_bad_web_identity(world: HttpWorld, token: str) -> None:
    """What is no token is refused as the caller's doing, and not shown."""
    answer = _web_identity(world, token)

    assert answer.refusal in {(400, "ValidationError"), (400, "InvalidIdentityToken")}
    assert not token or token not in answer.text("Message")


def test_saml() -> None:
    """An assertion of a provider is exchanged, and what it says is answered."""
    # Assertions in tests are of one moment.
    with HttpWorld(DoorOptions(time_of_day=False)) as world:
        answer = ask(
            world,
            unsigned(
                world,
                {
                    "Action": "AssumeRoleWithSAML",
                    "RoleArn": ROLE_ARN,
                    "PrincipalArn": PROVIDER_ARN,
                    "SAMLAssertion": encode(response()),
                },
            ),
        )

    assert 200 == answer.status, answer.body
    for name in ("Subject", "SubjectType", "Issuer", "NameQualifier", "AssumedRoleId"):
        assert answer.text(name)
    # SPEC: detail 36: the recipient, and not the audience of the assertion.
    assert answer.text("Audience").endswith("/saml")


def test_bad_saml(client: Any) -> None:
    """What is no assertion is refused as such."""
    with pytest.raises(ClientError) as caught:
        client.assume_role_with_saml(
            RoleArn=VISITORS, PrincipalArn=PROVIDER_ARN, SAMLAssertion="YWJjZA=="
        )

    assert (400, "InvalidIdentityToken") == refusal(caught.value)


def test_get_web_identity_token(client: Any) -> None:
    """A user gets a token for other services, and its end as a time."""
    found = client.get_web_identity_token(
        Audience=["https://a.test", "b"], SigningAlgorithm="ES384", DurationSeconds=60
    )

    assert 2 == found["WebIdentityToken"].count(".")
    assert found["Expiration"].tzinfo is not None


def test_bad_web_identity_request(client: Any) -> None:
    """An algorithm that there is not is refused by name."""
    with pytest.raises(ClientError) as caught:
        client.get_web_identity_token(Audience=["a"], SigningAlgorithm="HS256")

    assert (400, "ValidationError") == refusal(caught.value)


def test_bad_trade_in_token(client: Any) -> None:
    """What is no trade-in token lets nobody act for anybody."""
    with pytest.raises(ClientError) as caught:
        client.get_delegated_access_token(TradeInToken="a.b.c")

    assert refusal(caught.value)[0] in {400, 403}
    assert "a.b.c" not in str(caught.value)


def test_unsigned_action_of_another_kind(world: HttpWorld) -> None:
    """Whatever is not one of the two needs a signature."""
    for action in ("GetWebIdentityToken", "GetDelegatedAccessToken", "AssumeRoot"):
        answer = ask(world, unsigned(world, {"Action": action}))

        assert (403, "MissingAuthenticationToken") == answer.refusal
