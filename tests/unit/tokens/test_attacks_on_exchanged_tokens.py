"""Attacks on tokens of exchanges, by their numbers.

Their form and their header are read by the reader of session tokens, which has the
rest of the catalogue; here stands what is their own, and that it is that reader.
Source: the project's attack catalogue, section J.
"""

from __future__ import annotations

import json

import pytest

from daypass.core import exchange_limits
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring
from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass.tokens.exchanged_token import ExchangedTokenVerifier
from support.exchanged import (
    ACCESS_TYPE,
    OUR_ISSUER,
    encoded,
    exchanged_token,
    refused,
)
from support.forge import Held, b64, b64_decode, claims_of, forge, header_of
from support.world import START, SeededEntropy

REQUIRED = (
    *("iss", "sub", "sub_id", "aud", "iat", "exp"),
    *("jti", "client_id", "token_use", "daypass"),
)
OWN = ("ver", "ring", "acct", "client", "epoch")


@pytest.fixture
def reader(held: Held[Ring]) -> ExchangedTokenVerifier:
    """Returns a reader of tokens of exchanges."""
    return ExchangedTokenVerifier(ring=held, issuer=OUR_ISSUER)


@pytest.fixture
def text(ring: Ring) -> str:
    """Returns a good token."""
    return encoded(ring)


def _changed(text: str, key: SigningKey, **changes: object) -> str:
    claims = claims_of(text) | changes
    kept = {name: value for name, value in claims.items() if value != "@drop"}
    return forge(header_of(key, ACCESS_TYPE), kept, key)


def _own_changed(text: str, key: SigningKey, **changes: object) -> str:
    own = claims_of(text)["daypass"]
    assert isinstance(own, dict)
    kept = {n: v for n, v in (own | changes).items() if v != "@drop"}
    return _changed(text, key, daypass=kept)


def test_control_a_forged_copy_is_good(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey
) -> None:
    """What the attacks vary is taken where nothing is varied."""
    assert exchanged_token() == reader.verify(_changed(text, key), START)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256", "eddsa", ""])
def test_j01_to_j05_alg_of_no_key(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, algorithm: str
) -> None:
    """The algorithm is that of the key, whatever the token says."""
    header = header_of(key, ACCESS_TYPE) | {"alg": algorithm}

    reason = refused(reader, forge(header, claims_of(text), key))

    assert "algorithm_not_of_key" == reason


@pytest.mark.parametrize(
    "member",
    [
        {"jwk": {}},
        {"jku": "https://127.0.0.1:1/"},
        {"x5c": []},
        {"crit": ["exp"]},
        {"b64": False},
        {"cty": "JWT"},
        {"zip": "DEF"},
    ],
    ids=["j10", "j11", "j12", "j13", "j15", "j30", "j32"],
)
def test_j10_to_j33_foreign_header_member(
    reader: ExchangedTokenVerifier,
    text: str,
    key: SigningKey,
    member: dict[str, object],
) -> None:
    """The header has three members; any other refuses the token unread."""
    header = header_of(key, ACCESS_TYPE) | member

    assert "header_members" == refused(reader, forge(header, claims_of(text), key))


@pytest.mark.parametrize("claim", ["sub", "exp", "aud", "s\\u0075b", "act"])
def test_j17_j18_duplicate_claim(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, claim: str
) -> None:
    """A claim stands once, with or without an escape in its name."""
    doubled = json.dumps(claims_of(text))[:-1] + f', "{claim}": 1}}'

    forged = forge(header_of(key, ACCESS_TYPE), doubled, key)
    assert "claims_not_json" == refused(reader, forged)


@pytest.mark.parametrize("claim", ["iat", "exp"])
@pytest.mark.parametrize("value", [None, True, "1", -1, 1.5, [1], 2**63])
def test_j19_j21_time_is_no_time(
    reader: ExchangedTokenVerifier,
    text: str,
    key: SigningKey,
    claim: str,
    value: object,
) -> None:
    """A time is an integer of a year that exists, and never a boolean."""
    forged = _changed(text, key, **{claim: value})

    assert "claim_malformed" == refused(reader, forged)


@pytest.mark.parametrize("claim", REQUIRED)
def test_j22_missing_claim(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, claim: str
) -> None:
    """A token that lacks any claim but the optional ones is refused."""
    assert "claim_missing" == refused(reader, _changed(text, key, **{claim: "@drop"}))


@pytest.mark.parametrize("claim", OWN)
def test_j22_missing_own_claim(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, claim: str
) -> None:
    """What only Daypass reads is required, too."""
    forged = _own_changed(text, key, **{claim: "@drop"})

    assert "claim_missing" == refused(reader, forged)


@pytest.mark.parametrize(
    "issuer",
    [f"{OUR_ISSUER}/", OUR_ISSUER.upper(), OUR_ISSUER[:-1], "https://evil.example"],
)
def test_j26_nearly_our_issuer(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, issuer: str
) -> None:
    """The issuer is matched byte for byte."""
    assert "issuer_not_ours" == refused(reader, _changed(text, key, iss=issuer))


def test_j26_list_with_our_issuer(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey
) -> None:
    """A list that contains our issuer is no issuer."""
    assert "claim_malformed" == refused(reader, _changed(text, key, iss=[OUR_ISSUER]))


@pytest.mark.parametrize("audience", [[], "", [""], [["images"]], 1, None, ["a", 1]])
def test_j27_audience_of_no_form(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, audience: object
) -> None:
    """An audience is a string or a list of strings, none of them empty."""
    assert "claim_malformed" == refused(reader, _changed(text, key, aud=audience))


@pytest.mark.parametrize(
    "token_type", ["jwt", "", "AT+JWT", "application/at+jwt", "daypass-session+jwt"]
)
def test_j28_token_of_another_type(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, token_type: str
) -> None:
    """A token that does not say in just our words what it is is refused."""
    forged = forge(header_of(key, token_type), claims_of(text), key)

    assert "wrong_type" == refused(reader, forged)


@pytest.mark.parametrize(
    ("token_type", "use"), [("JWT", "access"), ("at+jwt", "id"), ("at+jwt", "jwt")]
)
def test_j28_use_of_another_type(
    reader: ExchangedTokenVerifier,
    text: str,
    key: SigningKey,
    token_type: str,
    use: str,
) -> None:
    """A token is not of one type in its header and of another use in its claims."""
    claims = claims_of(text) | {"token_use": use}

    forged = forge(header_of(key, token_type), claims, key)
    assert "use_not_of_type" == refused(reader, forged)


@pytest.mark.parametrize("use", ["", "ACCESS", "refresh"])
def test_j28_unknown_use(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, use: str
) -> None:
    """A use that we do not know is refused."""
    assert "use_unknown" == refused(reader, _changed(text, key, token_use=use))


def test_j34_to_j36_form(reader: ExchangedTokenVerifier, text: str) -> None:
    """Only the compact form of three parts is taken, in its one spelling."""
    header, payload, signature = text.split(".")
    spellings = {
        f"{text}.": "not_three_parts",
        f"{header}.{payload}.": "not_three_parts",
        f"{text}=": "not_canonical_base64url",
        f"{text}\n": "not_canonical_base64url",
        f"Bearer {text}": "not_canonical_base64url",
        json.dumps({"protected": header, "payload": payload}): "not_three_parts",
    }

    found = {spelling: refused(reader, spelling) for spelling in spellings}

    assert spellings == found
    assert signature == text.split(".")[2]


def test_j47_long_token(reader: ExchangedTokenVerifier) -> None:
    """A token that is too long is refused by its length."""
    assert "too_long" == refused(reader, "a" * 8_193)


@pytest.mark.parametrize(
    "claim", ["roles", "nbf", "cnf", "may_act", "__class__", "__proto__"]
)
def test_j51_unknown_claim(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, claim: str
) -> None:
    """A claim that is not in the list refuses the token and sets nothing."""
    assert "claim_unknown" == refused(reader, _changed(text, key, **{claim: "x"}))
    assert "claim_unknown" == refused(reader, _own_changed(text, key, **{claim: "x"}))


def test_j52_header_spelled_otherwise(
    reader: ExchangedTokenVerifier, text: str
) -> None:
    """The bytes that were received are verified, and no others that mean the same."""
    header, payload, signature = text.split(".")
    spelled = json.dumps(json.loads(b64_decode(header)), indent=1)

    forged = f"{b64(spelled)}.{payload}.{signature}"
    assert "wrong_signature" == refused(reader, forged)


def test_j54_other_signature_after_a_good_one(
    reader: ExchangedTokenVerifier, text: str
) -> None:
    """That a token was seen to be good says nothing of its twin without signature."""
    reader.verify(text, START)
    header, payload, _ = text.split(".")

    assert "wrong_signature" == refused(reader, f"{header}.{payload}.{b64(bytes(64))}")


def test_j55_key_removed_after_a_good_one(
    reader: ExchangedTokenVerifier, held: Held[Ring], text: str
) -> None:
    """A token that was seen to be good is refused once its key is gone."""
    reader.verify(text, START)
    held.value = new_ring(SeededEntropy(5), START)

    assert "key_unknown" == refused(reader, text)


def test_j59_token_of_another_deployment(ring: Ring) -> None:
    """A deployment with our key and our issuer under another ring is another."""
    other = Ring("other", 1, ring.keys, ring.derivation_secrets, ring.sealing_keys)
    reader = ExchangedTokenVerifier(ring=Held(ring), issuer=OUR_ISSUER)

    assert "issuer_not_this_ring" == refused(reader, encoded(other))


def test_es256_key_vouches_by_its_own_algorithm(
    reader: ExchangedTokenVerifier, text: str, ring: Ring
) -> None:
    """Any live key of the ring vouches, with its own algorithm."""
    key = ring.signing_key(Algorithm.ES256)

    assert exchanged_token() == reader.verify(_changed(text, key), START)


@pytest.mark.parametrize("version", [0, 2])
def test_unknown_version(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, version: int
) -> None:
    """A list of claims of another version is refused."""
    assert "version_unknown" == refused(reader, _own_changed(text, key, ver=version))


@pytest.mark.parametrize(
    ("sub_id", "reason"),
    [
        ({"format": "email", "email": "a@b"}, "claim_malformed"),
        ({"format": "iss_sub", "iss": "https://a.example"}, "claim_missing"),
        (
            {"format": "iss_sub", "iss": "https://a.example", "sub": "b"},
            "subject_ambiguous",
        ),
        ("https://a.example#b", "claim_malformed"),
    ],
)
def test_subject_of_two_names(
    reader: ExchangedTokenVerifier,
    text: str,
    key: SigningKey,
    sub_id: object,
    reason: str,
) -> None:
    """Both names of a subject are one and the same."""
    assert reason == refused(reader, _changed(text, key, sub_id=sub_id))


@pytest.mark.parametrize("scope", ["", " ", "a  b", "a "])
def test_scope_of_no_form(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey, scope: str
) -> None:
    """A scope is words with one blank between them."""
    assert "claim_malformed" == refused(reader, _changed(text, key, scope=scope))


def _nested(depth: int) -> dict[str, object]:
    act: dict[str, object] = {"iss": "https://a.example", "sub": "a"}
    for _ in range(depth - 1):
        act = {"iss": "https://a.example", "sub": "a", "act": act}
    return act


def test_j49_actors_are_bounded(
    reader: ExchangedTokenVerifier, text: str, key: SigningKey
) -> None:
    """As many actors as may act are read, and one more is refused."""
    most = exchange_limits.ACTORS_MAX

    assert most == len(
        reader.verify(_changed(text, key, act=_nested(most)), START).actors
    )
    forged = _changed(text, key, act=_nested(most + 1))
    assert "too_many_actors" == refused(reader, forged)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("clerk", "claim_malformed"),
        (None, "claim_malformed"),
        ({}, "claim_missing"),
        ({"sub": "a"}, "claim_missing"),
        ({"iss": "https://a.example", "sub": "a", "exp": 1}, "claim_unknown"),
        ({"iss": "https://a.example", "sub": "a", "act": {}}, "claim_missing"),
    ],
)
def test_actor_of_no_form(
    reader: ExchangedTokenVerifier,
    text: str,
    key: SigningKey,
    act: object,
    reason: str,
) -> None:
    """An actor has an issuer and a subject, and no times or audience of its own."""
    assert reason == refused(reader, _changed(text, key, act=act))
