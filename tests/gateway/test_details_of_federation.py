"""Details of tokens and assertions that imitators get wrong, each as raw HTTP.

SPEC: sts-operations 1.2, 1.3 and 7; attacks V35.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta

import pytest

from daypass.core import federation_limits
from daypass.core.errors import IdpCommunicationError
from support.http_client import HttpAnswer, connection, read_answers, unsigned
from support.http_client import ask as ask_door
from support.http_organisation import FILES, VISITORS, WEB_PROVIDER, A, B
from support.http_world import DoorOptions, HttpWorld
from support.oidc_issuer import CLIENT, ISSUER, NOW, claims, forge, sign
from support.saml_idp import (
    ASSERTION_ID,
    ENTITY,
    PROVIDER_ARN,
    RECIPIENT,
    RESPONSE_ID,
    ROLE,
    ROLE_ARN,
    Change,
    assertion,
    aws_attribute,
    changed,
    encode,
    in_response,
    response,
)
from support.saml_idp import sign as sign_assertion
from support.sts_world import trust

TAGGED = f"arn:aws:iam::{B}:role/Tagged"
ANYBODY = f"arn:aws:iam::{B}:role/Anybody"
ELSEWHERE = f"arn:aws:iam::{A}:role/Elsewhere"
ISSUER_WITH_SLASH = f"{ISSUER}/"
TAGS = "https://aws.amazon.com/tags"
_WEB = "sts:AssumeRoleWithWebIdentity"
INVALID = (400, "InvalidIdentityToken")
DENIED = (403, "AccessDenied")


def _federated(provider: str) -> str:
    return (
        f'{{trust: {{Version: "2012-10-17", Statement: [{{Effect: Allow, Principal: '
        f'{{Federated: "{provider}"}}, Action: ["{_WEB}", "sts:TagSession"]}}]}}}}'
    )


# The other account has a provider, too, whose issuer differs in a slash at the end.
ORGANISATION = (
    FILES[0].replace(
        "roles:\n",
        "oidc_providers:"
        f' {{"{ISSUER_WITH_SLASH}": {{client_ids: ["{CLIENT}"]}}}}\nroles:\n'
        f"  Elsewhere: {_federated(WEB_PROVIDER.replace(B, A) + '/')}\n",
    ),
    FILES[1].replace(
        "roles:\n",
        f"roles:\n  Tagged: {_federated(WEB_PROVIDER)}\n"
        f"  Anybody: {{trust: {trust('*', 'sts:AssumeRole', _WEB)}}}\n",
    ),
    *FILES[2:],
)


@pytest.fixture
def world() -> Iterator[HttpWorld]:
    """Yields a deployment at the moment that tokens and assertions are of."""
    with HttpWorld(DoorOptions(files=ORGANISATION, time_of_day=False)) as found:
        yield found


def _visit(token: str, role: str = VISITORS) -> dict[str, str]:
    return {
        "Action": _WEB.removeprefix("sts:"),
        "RoleArn": role,
        "RoleSessionName": "visit",
        "WebIdentityToken": token,
    }


def visit(world: HttpWorld, token: str, role: str = VISITORS) -> HttpAnswer:
    """Exchanges the token of a provider."""
    return ask_door(world, unsigned(world, _visit(token, role)))


def sign_in(world: HttpWorld, text: str) -> HttpAnswer:
    """Exchanges a response of a provider."""
    asked = {
        "Action": "AssumeRoleWithSAML",
        "RoleArn": ROLE_ARN,
        "PrincipalArn": PROVIDER_ARN,
        "SAMLAssertion": encode(text),
    }
    return ask_door(world, unsigned(world, asked))


def test_detail_31_trust_in_everybody(world: HttpWorld) -> None:
    """Trust in every principal of AWS is none in those of a provider."""
    assert DENIED == visit(world, sign(claims()), ANYBODY).refusal
    assert 200 == visit(world, sign(claims()), VISITORS).status


def test_detail_36_what_is_said_of_an_assertion(world: HttpWorld) -> None:
    """The audience is the recipient, and the qualifier hashes without a slash."""
    answer = sign_in(world, response())

    name = f"{ENTITY}{B}/CorpIdP".encode()
    digest = hashlib.sha1(name, usedforsecurity=False).digest()
    assert RECIPIENT == answer.text("Audience")
    assert ENTITY == answer.text("Issuer")
    assert base64.b64encode(digest).decode() == answer.text("NameQualifier")


@pytest.mark.parametrize(
    ("name_format", "expected"),
    [
        ("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "transient"),
        ("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", None),
    ],
)
def test_detail_37_subject_type(
    world: HttpWorld, name_format: str, expected: str | None
) -> None:
    """The type of a subject loses the prefix of SAML 2.0, and no other."""
    persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"

    answer = sign_in(world, response((persistent, name_format)))

    assert (expected or name_format) == answer.text("SubjectType")


@pytest.mark.parametrize(
    "pair", [f"{ROLE_ARN},{PROVIDER_ARN}", f"{PROVIDER_ARN} , {ROLE_ARN}"]
)
def test_detail_38_pairs(world: HttpWorld, pair: str) -> None:
    """Role and provider stand in either order."""
    change: Change = (ROLE, aws_attribute("Role", pair))

    assert 200 == sign_in(world, response(change)).status


def test_detail_38_two_assertions(world: HttpWorld) -> None:
    """Of two assertions, or two elements of one name, none is taken."""
    good = sign_assertion(assertion())
    other = sign_assertion(assertion((ASSERTION_ID, "_other")))
    twice = changed(in_response(good), (RESPONSE_ID, ASSERTION_ID))

    for text in (in_response(good + other), in_response(other + good), twice):
        assert INVALID == sign_in(world, text).refusal
    assert 200 == sign_in(world, in_response(good)).status


@pytest.mark.parametrize(
    "token",
    [
        sign(claims(azp="somebody")),
        sign(claims(aud=[CLIENT, "x"])),
        forge({"alg": "HS256", "kid": "ES256-0"}, claims()),
        forge({"alg": "none", "kid": "ES256-0"}, claims()),
        forge({"alg": "none"}, claims()).rpartition(".")[0] + ".",
    ],
    ids=["azp", "two audiences", "HS256", "none", "none, unsigned"],
)
def test_detail_39_tokens(world: HttpWorld, token: str) -> None:
    """A token for somebody else, or of no allowed algorithm, is refused as a token."""
    assert INVALID == visit(world, token).refusal


def test_detail_39_authorized_party(world: HttpWorld) -> None:
    """The party that a token was made for decides, whoever else it is for."""
    answer = visit(world, sign(claims(aud=["x", "y"], azp=CLIENT)))

    assert CLIENT == answer.text("Audience")


def test_detail_40_issuers(world: HttpWorld) -> None:
    """An issuer with a slash is another one, which the role's own account must have."""
    for text, role in ((ISSUER_WITH_SLASH, VISITORS), (ISSUER, ELSEWHERE)):
        answer = visit(world, sign(claims(iss=text)), role)

        assert INVALID == answer.refusal
        fragment = "No OpenIDConnect provider found in your account"
        assert fragment in answer.text("Message")
    assert 200 == visit(world, sign(claims()), VISITORS).status


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ({TAGS: {"principal_tags": {"Team": ["blue"]}}}, 200),
        ({TAGS: {"principal_tags": {"Team": "blue"}}}, 400),
        ({TAGS: {"principal_tags": {"Team": ["blue", "red"]}}}, 400),
        ({f"{TAGS}/principal_tags/Team": "blue"}, 200),
        ({f"{TAGS}/principal_tags/Team": ["blue"]}, 400),
    ],
)
def test_detail_41_tags(world: HttpWorld, tags: dict[str, object], status: int) -> None:
    """Nested tags are lists of one, and flattened ones are texts."""
    answer = visit(world, sign(claims(**tags)), TAGGED)

    assert status == answer.status
    assert 200 == status or INVALID == answer.refusal


def test_detail_42_token_that_ends_soon(world: HttpWorld) -> None:
    """A session outlives the token that it was issued for."""
    answer = visit(world, sign(claims(exp=NOW + 60)))

    end = world.clock.now() + timedelta(hours=1)
    assert f"{end:%Y-%m-%dT%H:%M:%SZ}" == answer.text("Expiration")


def test_detail_43_provider(world: HttpWorld) -> None:
    """The provider that is answered is its ARN."""
    assert WEB_PROVIDER == visit(world, sign(claims())).text("Provider")


def test_detail_52_provider_away(world: HttpWorld) -> None:
    """A provider that does not answer is a fault that clients ask again for."""
    world.key_sets.fail_next(IdpCommunicationError("timeout"))

    assert (400, "IDPCommunicationError") == visit(world, sign(claims())).refusal
    assert 200 == visit(world, sign(claims())).status


def test_detail_53_throttling(world: HttpWorld) -> None:
    """Who brings bad tokens again and again is throttled, by a fault of the client's."""
    bad = unsigned(world, _visit(sign(claims(aud="x")))).raw()
    good = unsigned(world, _visit(sign(claims()))).raw()
    found = []

    with connection(world) as link:
        for _ in range(federation_limits.REFUSED_PROOFS_BURST_MAX):
            link.sendall(bad)
            found += read_answers(link, 1)
        link.sendall(good)
        (turned_away,) = read_answers(link, 1)
        world.advance(federation_limits.EXCHANGE_RETRY_DELAY)
        link.sendall(good)
        (later,) = read_answers(link, 1)

    assert {INVALID} == {answer.refusal for answer in found}
    assert (400, "Throttling") == turned_away.refusal
    assert 200 == later.status
