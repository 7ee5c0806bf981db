"""Attacks on the claims of our tokens, by their numbers.

Every token here is signed by the ring: what is refused is what it says.
Source: the project's attack catalogue, section J.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from daypass.core.errors import InvalidClientTokenIdError
from daypass.keyring.generate import new_ring
from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass.tokens.session_token import SessionTokenCodec, SessionTokenVerifier
from support.forge import (
    Held,
    b64,
    claims_of,
    forge,
    header_of,
    refusal,
    role_session,
)
from support.world import START, SeededEntropy

REQUIRED = [
    "ver",
    "iss",
    "jti",
    "sub",
    "iat",
    "exp",
    "kind",
    "acct",
    "name",
    "epoch",
    "dkid",
    "origin",
]
TEXTS = ["iss", "jti", "sub", "kind", "acct", "name", "dkid", "origin"]


def _changed(token: str, key: SigningKey, **changes: object) -> str:
    return forge(header_of(key), claims_of(token) | changes, key)


@pytest.mark.parametrize("claim", ["sub", "exp", "s\\u0075b"])
def test_j17_j18_duplicate_claim(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, claim: str
) -> None:
    """A claim stands once, with or without an escape in its name."""
    text = json.dumps(claims_of(token))[:-1] + f', "{claim}": 1}}'

    assert refusal(verifier, forge(header_of(key), text, key)) == "claims_not_json"


BAD_NUMBERS = [
    "-1",
    "-0.0",
    "1.0",
    "1e308",
    "9e99",
    str(2**63),
    str(2**64),
    "253402300800",
    "true",
    "null",
    '"1"',
    "[1]",
    "{}",
]


@pytest.mark.parametrize("claim", ["exp", "iat", "mfa"])
@pytest.mark.parametrize("number", BAD_NUMBERS)
def test_j19_j21_time_is_no_time(
    verifier: SessionTokenVerifier,
    token: str,
    key: SigningKey,
    claim: str,
    number: str,
) -> None:
    """A time is an integer of a year that exists, and never a boolean."""
    claims = claims_of(token) | {claim: "@"}
    text = json.dumps(claims).replace('"@"', number)

    assert refusal(verifier, forge(header_of(key), text, key)) == "claim_malformed"


@pytest.mark.parametrize(
    "number", ["9" * 4301, "1e400", "NaN", "Infinity", "-Infinity", "01"]
)
def test_j19_j20_number_is_no_number(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, number: str
) -> None:
    """A number that JSON does not have, or that is out of all bounds, is refused."""
    text = json.dumps(claims_of(token) | {"exp": "@"}).replace('"@"', number)

    assert refusal(verifier, forge(header_of(key), text, key)) == "claims_not_json"


@pytest.mark.parametrize("claim", REQUIRED)
def test_j22_missing_claim(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, claim: str
) -> None:
    """A token that lacks any claim but the optional ones is refused."""
    claims = claims_of(token)
    del claims[claim]

    assert refusal(verifier, forge(header_of(key), claims, key)) == "claim_missing"


@pytest.mark.parametrize("claim", TEXTS)
@pytest.mark.parametrize("value", [None, 1, ["a"], {}, False])
def test_j21_j26_claim_of_wrong_type(
    verifier: SessionTokenVerifier,
    token: str,
    key: SigningKey,
    claim: str,
    value: object,
) -> None:
    """A claim that is a string is nothing else; a list with the right one is not."""
    forged = _changed(token, key, **{claim: value})

    assert refusal(verifier, forged) == "claim_malformed"


@pytest.mark.parametrize("claim", ["srcid", "idp", "packed", "mfa", "anc"])
def test_optional_claim_is_never_null(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, claim: str
) -> None:
    """An optional claim is absent or in its type; null is neither."""
    forged = _changed(token, key, **{claim: None})

    assert refusal(verifier, forged) == "claim_malformed"


@pytest.mark.parametrize(
    "epoch", [None, [], ["log"], ["log", 1, 2], [1, "log"], ["log", True], {"log": 1}]
)
def test_epoch_is_a_name_and_a_number(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, epoch: object
) -> None:
    """The epoch is a list of one string and one integer."""
    assert refusal(verifier, _changed(token, key, epoch=epoch)) == "claim_malformed"


@pytest.mark.parametrize("value", ["text", [1], [["a"]]])
def test_ancestors_are_strings(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, value: object
) -> None:
    """The ancestors are a list of strings."""
    assert refusal(verifier, _changed(token, key, anc=value)) == "claim_malformed"


@pytest.mark.parametrize("kind", ["", "ROLE", "admin"])
def test_unknown_kind(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, kind: str
) -> None:
    """A kind of session that we do not know is refused."""
    assert refusal(verifier, _changed(token, key, kind=kind)) == "kind_unknown"


@pytest.mark.parametrize("version", [0, 2])
def test_unknown_version(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, version: int
) -> None:
    """A list of claims of another version is refused."""
    assert refusal(verifier, _changed(token, key, ver=version)) == "version_unknown"


@pytest.mark.parametrize(
    "claim", ["aud", "nbf", "roles", "__class__", "__proto__", "constructor", "@type"]
)
def test_j51_unknown_claim(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, claim: str
) -> None:
    """A claim that is not in the list refuses the token and sets nothing."""
    assert refusal(verifier, _changed(token, key, **{claim: "x"})) == "claim_unknown"


@pytest.mark.parametrize(
    "payload",
    [b"[]", b"1", b"", b"\xff", b"\xef\xbb\xbf{}", b'{"sub":"\\ud800"}', b"[" * 5000],
    ids=["array", "number", "empty", "bytes", "mark", "surrogate", "deep"],
)
def test_j49_j50_j60_claims_not_json(
    verifier: SessionTokenVerifier, key: SigningKey, payload: bytes
) -> None:
    """Claims are one object of strict JSON, and an empty part is none."""
    reason = refusal(verifier, forge(header_of(key), payload, key))

    assert reason == ("claims_not_json" if payload else "not_three_parts")


@pytest.mark.parametrize(
    "change",
    [lambda i: f"{i}/", str.upper, lambda i: i[:-1], lambda i: f"https://{i}"],
)
def test_j26_nearly_our_issuer(
    verifier: SessionTokenVerifier,
    token: str,
    key: SigningKey,
    ring: Ring,
    change: type[str],
) -> None:
    """The issuer is matched byte for byte."""
    forged = _changed(token, key, iss=change(ring.ring_id))

    assert refusal(verifier, forged) == "issuer_not_this_ring"


@pytest.mark.parametrize(
    "token_type",
    ["JWT", "jwt", "", "at+jwt", "daypass-identity+jwt", "DAYPASS-SESSION+JWT"],
)
def test_j28_token_of_another_kind(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, token_type: str
) -> None:
    """A token of ours of any other kind is no session token."""
    forged = forge(header_of(key, token_type), claims_of(token), key)

    assert refusal(verifier, forged) == "wrong_type"


def test_j30_nested_token(
    verifier: SessionTokenVerifier, token: str, key: SigningKey
) -> None:
    """A token inside a token is not unwrapped."""
    for _ in range(3):
        token = forge(header_of(key), token, key)

    assert refusal(verifier, token) == "claims_not_json"


def test_j53_expired_and_badly_signed(
    verifier: SessionTokenVerifier, token: str
) -> None:
    """A token that is expired and badly signed answers exactly as a bad one."""
    header, payload, _ = token.split(".")
    forged = f"{header}.{payload}.{b64(bytes(64))}"
    answers = []

    for now in (START, START + timedelta(days=1)):
        with pytest.raises(InvalidClientTokenIdError) as caught:
            verifier.verify(forged, now)
        error = caught.value
        answers.append((error.row, error.message, error.detail, error.metadata))

    assert answers[0] == answers[1]


def test_j59_token_of_another_deployment(ring: Ring) -> None:
    """A deployment that holds the very same key under another name is another."""
    other = Ring("other", 1, ring.keys, ring.derivation_secrets, ring.sealing_keys)
    text = SessionTokenCodec().encode(role_session(other), other).text

    reason = refusal(SessionTokenVerifier(ring=Held(ring)), text)

    assert reason == "issuer_not_this_ring"


def test_j59_token_of_another_key(ring: Ring) -> None:
    """A deployment with keys of its own signs nothing for us."""
    other = new_ring(SeededEntropy(5), START)
    text = SessionTokenCodec().encode(role_session(other), other).text

    reason = refusal(SessionTokenVerifier(ring=Held(ring)), text)

    assert reason == "key_unknown"
