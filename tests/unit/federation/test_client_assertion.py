"""Assertions of OAuth clients: signed by their key, for us alone, soon over.

SPEC: sts-operations 6.5; RFC 7523 section 3; attacks J01 to J36 by analogy.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import oauth_limits as limits
from daypass.core.oauth_errors import InvalidClientError
from daypass.federation.client_assertion import (
    VerifiedClientAssertion,
    parse_client_assertion,
    parse_client_keys,
)
from daypass.federation.oidc.errors import DocumentRefusedError
from support.oidc_issuer import ALGORITHMS, jwk, key_set_text, part, sign
from support.world import START

OURS = "https://daypass.example"
CLIENT = "shop-web"
NOW = int(START.timestamp())
KEYS = parse_client_keys(key_set_text(*(jwk(name) for name in ("RS256", "ES256"))))
SKEW = 30
AGE = 300


def assertion(**changes: object) -> dict[str, object]:
    """Returns the claims of a good assertion; a change to None drops one."""
    claims = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": OURS,
        "iat": NOW,
        "exp": NOW + 60,
        "jti": "one",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def verified(raw: str) -> VerifiedClientAssertion:
    """Returns what an assertion says at the start of the world."""
    return parse_client_assertion(raw).verify(keys=KEYS, audience=OURS, now=START)


def refusal(raw: str) -> str:
    """Returns why an assertion is refused."""
    with pytest.raises(InvalidClientError) as caught:
        verified(raw)
    assert "Client authentication failed" == caught.value.message
    return caught.value.detail


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_good_assertion(algorithm: str) -> None:
    """An assertion that a key of the client signed is good until it ends."""
    keys = parse_client_keys(key_set_text(jwk(algorithm)))
    raw = sign(assertion(), algorithm=algorithm)

    found = parse_client_assertion(raw).verify(keys=keys, audience=OURS, now=START)

    assert CLIENT == parse_client_assertion(raw).client_id
    assert "one" == found.assertion_id
    assert START + timedelta(seconds=60 + SKEW) == found.until


def test_no_key_named() -> None:
    """Without a `kid` the only key is meant, and none of several."""
    raw = sign(assertion(), key_id=None)
    alone = parse_client_keys(key_set_text(jwk("ES256")))

    found = parse_client_assertion(raw).verify(keys=alone, audience=OURS, now=START)

    assert "one" == found.assertion_id
    assert "assertion_key_unknown" == refusal(raw)


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"iss": "other"}, "assertion_iss_not_client"),
        ({"iss": None}, "assertion_iss_not_client"),
        ({"sub": None}, "assertion_without_subject"),
        ({"sub": 7}, "assertion_without_subject"),
        ({"aud": None}, "assertion_audience"),
        ({"aud": f"{OURS}/oauth2/token"}, "assertion_audience"),
        ({"aud": [OURS, "https://other.example"]}, "assertion_audience"),
        ({"aud": []}, "assertion_audience"),
        ({"exp": None}, "assertion_without_exp"),
        ({"exp": True}, "assertion_exp_malformed"),
        ({"exp": str(NOW)}, "assertion_exp_malformed"),
        ({"exp": NOW + 0.5}, "assertion_exp_malformed"),
        ({"exp": -1}, "assertion_exp_malformed"),
        ({"iat": []}, "assertion_iat_malformed"),
        ({"nbf": NOW + SKEW + 1}, "assertion_not_yet_valid"),
        ({"iat": NOW + SKEW + 1}, "assertion_issued_in_the_future"),
        ({"exp": NOW - SKEW}, "assertion_expired"),
        ({"exp": NOW + 3_601}, "assertion_lives_too_long"),
        ({"iat": None, "exp": NOW + AGE + SKEW + 1}, "assertion_lives_too_long"),
        ({"iat": NOW - AGE - SKEW}, "assertion_old"),
        ({"jti": None}, "assertion_id_missing"),
        ({"jti": 1}, "assertion_id_missing"),
        ({"jti": ""}, "assertion_id_length"),
        ({"jti": "j" * 256}, "assertion_id_length"),
    ],
)
def test_claims_refused(changes: dict[str, object], detail: str) -> None:
    """An assertion whose claims are not those of RFC 7523 and 6.5 is refused."""
    assert detail == refusal(sign(assertion(**changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [OURS]},
        {"exp": NOW - SKEW + 1},
        {"iat": NOW + SKEW},
        {"iat": NOW - AGE - SKEW + 1},
        {"nbf": NOW + SKEW},
        {"exp": NOW + 3_600},
        {"iat": None, "exp": NOW + AGE + SKEW},
        {"jti": "j" * 255},
        {"scope": "ignored"},
    ],
)
def test_claims_taken(changes: dict[str, object]) -> None:
    """At each edge an assertion is still good."""
    assert verified(sign(assertion(**changes))).until > START


def test_old_assertion_ends() -> None:
    """However late it expires, an assertion ends five minutes after it was made."""
    found = verified(sign(assertion(exp=NOW + 3_600)))

    assert START + limits.ASSERTION_AGE_MAX + timedelta(seconds=SKEW) == found.until


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ({"typ": "at+jwt"}, "assertion_wrong_type"),
        ({"typ": "daypass-session+jwt"}, "assertion_wrong_type"),
        ({"jwk": {"kty": "EC"}}, "assertion_header_members"),
        ({"jku": "https://thief.example"}, "assertion_header_members"),
        ({"x5u": "https://thief.example"}, "assertion_header_members"),
        ({"crit": ["b64"]}, "assertion_header_members"),
    ],
)
def test_header_refused(header: dict[str, Any], detail: str) -> None:
    """What brings a key of its own, or is of another kind, is refused (J28)."""
    assert detail == refusal(sign(assertion(), **header))


@pytest.mark.parametrize(
    ("key_id", "detail"),
    [
        ("other", "assertion_key_unknown"),
        ("RS256-0", "assertion_algorithm_not_of_key"),
    ],
)
def test_key_refused(key_id: str, detail: str) -> None:
    """A key that is not declared, or is for another algorithm, is not tried."""
    assert detail == refusal(sign(assertion(), key_id=key_id))


@pytest.mark.parametrize("kind", ["JWT", "jwt", "client-authentication+jwt", None])
def test_type_taken(kind: str | None) -> None:
    """A type that says JWT, or client authentication, or nothing is taken."""
    assert "one" == verified(sign(assertion(), typ=kind)).assertion_id


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA", "PS256", 7, None])
def test_algorithm_refused(algorithm: object) -> None:
    """No algorithm but those of the closed list is taken (J01 to J05)."""
    header = json.dumps({"alg": algorithm, "kid": "ES256-0"})
    raw = f"{part(header)}.{part(json.dumps(assertion()))}.{part(b'x' * 64)}"

    assert "assertion_algorithm_not_taken" == refusal(raw)


def test_signature_of_other_key() -> None:
    """A signature of a key that the client has not declared is refused."""
    raw = sign(assertion(), number=1, key_id="ES256-0")

    assert "assertion_signature" == refusal(raw)


def test_claims_said_twice() -> None:
    """A claim that stands twice refuses the assertion."""
    payload = json.dumps(assertion()).replace("{", '{"sub": "other", ', 1)

    assert "assertion_claims_not_json" == refusal(sign(payload.encode()))


def test_assertion_too_long() -> None:
    """An assertion of more than 8,192 characters is not looked at."""
    assert "assertion_too_long" == refusal("a" * 8_193)


@given(st.text(max_size=200) | st.from_regex(r"[\w-]{1,40}\.[\w-]{1,40}\.[\w-]{1,40}"))
def test_any_text_is_refused(raw: str) -> None:
    """Whatever is sent in place of an assertion is refused as one."""
    assert refusal(raw).startswith("assertion_")


@given(st.data())
def test_any_change_is_refused(data: st.DataObject) -> None:
    """One changed character of a good assertion refuses it."""
    good = sign(assertion())
    at = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(st.sampled_from("AZaz09-_.").filter(lambda c: c != good[at]))

    assert refusal(good[:at] + other + good[at + 1 :]).startswith("assertion_")


def test_too_many_keys() -> None:
    """A client has ten keys at most, those that are of no use among them."""
    keys = [jwk("ES256", kid=str(number)) for number in range(11)]
    keys[0]["use"] = "enc"

    with pytest.raises(DocumentRefusedError):
        parse_client_keys(key_set_text(*keys))

    assert 9 == len(parse_client_keys(key_set_text(*keys[:10])).keys)
