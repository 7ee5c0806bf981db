"""Attacks on the header of our tokens, by their numbers.

Source: the project's attack catalogue, section J.
"""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from daypass.keyring.algorithm import Algorithm
from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass.tokens.session_token import SessionTokenVerifier
from support.forge import (
    b64,
    claims_of,
    forge,
    header_of,
    refusal,
    role_session,
)
from support.world import START, SeededEntropy


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "none "])
@pytest.mark.parametrize("signature", ["", "AAAA", b64(bytes(64))])
def test_j01_alg_none(
    verifier: SessionTokenVerifier,
    key: SigningKey,
    token: str,
    algorithm: str,
    signature: str,
) -> None:
    """A token without a signature is refused, however `none` is written."""
    header = b64(json.dumps(header_of(key) | {"alg": algorithm}))

    reason = refusal(verifier, f"{header}.{token.split('.')[1]}.{signature}")

    assert reason in {"not_three_parts", "algorithm_not_of_key"}


def test_j01_alg_none_escaped(
    verifier: SessionTokenVerifier, key: SigningKey, token: str
) -> None:
    """Writing `none` with an escape changes nothing."""
    text = json.dumps(header_of(key)).replace("EdDSA", "\\u006eone")

    reason = refusal(verifier, f"{b64(text)}.{token.split('.')[1]}.AAAA")

    assert reason == "algorithm_not_of_key"


@pytest.mark.parametrize("member", ["alg", "kid", "typ"])
@pytest.mark.parametrize("value", [None, 1, ["EdDSA"], {"a": "b"}, True])
def test_j02_j08_header_member_of_wrong_type(
    verifier: SessionTokenVerifier, key: SigningKey, member: str, value: object
) -> None:
    """Header members are strings, though the token be signed correctly."""
    token = forge(header_of(key) | {member: value}, {}, key)

    assert refusal(verifier, token) == "header_member_not_a_string"


@pytest.mark.parametrize("member", ["alg", "kid", "typ"])
def test_j02_j08_header_member_missing(
    verifier: SessionTokenVerifier, key: SigningKey, token: str, member: str
) -> None:
    """A token without `kid` is not tried with every key, nor is one without `alg`."""
    header = header_of(key)
    del header[member]

    assert refusal(verifier, forge(header, claims_of(token), key)) == "header_members"


@pytest.mark.parametrize("algorithm", ["", "HS256", "EDDSA", "eddsa", "Ed25519"])
def test_j02_j09_alg_of_another_name(
    verifier: SessionTokenVerifier, key: SigningKey, token: str, algorithm: str
) -> None:
    """The name of the algorithm is matched byte for byte."""
    header = header_of(key) | {"alg": algorithm}

    reason = refusal(verifier, forge(header, claims_of(token), key))

    assert reason == "algorithm_not_of_key"


def _encodings_of_public_key(key: SigningKey) -> list[bytes]:
    public = Ed25519PublicKey.from_public_bytes(key.verifying_key.public)
    formats = serialization.PublicFormat
    return [
        key.verifying_key.public,
        json.dumps(key.verifying_key.jwk()).encode(),
        public.public_bytes(serialization.Encoding.PEM, formats.SubjectPublicKeyInfo),
        public.public_bytes(serialization.Encoding.DER, formats.SubjectPublicKeyInfo),
        public.public_bytes(serialization.Encoding.OpenSSH, formats.OpenSSH),
    ]


@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_j03_mac_with_public_key(
    verifier: SessionTokenVerifier, key: SigningKey, token: str, name: str
) -> None:
    """A MAC under any spelling of our public key is no signature."""
    header = header_of(key) | {"alg": f"HS{name[3:]}"}
    signing_input = f"{b64(json.dumps(header))}.{token.split('.')[1]}"

    for secret in _encodings_of_public_key(key):
        mac = hmac.new(secret, signing_input.encode(), hashlib.new(name).name).digest()
        forged = f"{signing_input}.{b64(mac)}"
        assert refusal(verifier, forged) == "algorithm_not_of_key"


@pytest.mark.parametrize("claimed", Algorithm)
def test_j04_alg_of_another_key(
    verifier: SessionTokenVerifier, ring: Ring, token: str, claimed: Algorithm
) -> None:
    """A token that names a key and another algorithm is refused."""
    for algorithm in set(Algorithm) - {claimed}:
        key = ring.signing_key(algorithm)
        header = header_of(key) | {"alg": claimed.value}

        reason = refusal(verifier, forge(header, claims_of(token), key))
        assert reason == "algorithm_not_of_key"


@pytest.mark.parametrize("algorithm", ["ES384", "ES512", "ES256K", "Ed448"])
def test_j05_alg_of_another_curve(
    verifier: SessionTokenVerifier, ring: Ring, token: str, algorithm: str
) -> None:
    """An algorithm of the same family and another curve is refused."""
    key = ring.signing_key(Algorithm.ES256)
    header = header_of(key) | {"alg": algorithm}

    reason = refusal(verifier, forge(header, claims_of(token), key))

    assert reason == "algorithm_not_of_key"


STRANGE_KIDS = [
    "",
    "../../dev/null",
    "/proc/self/environ",
    "file:///etc/passwd",
    "\0",
    "*",
    "k\r\nFLUSHALL\r\n",
    "{slot}",
    "' OR 1=1",
    "\N{LATIN SMALL LETTER A WITH DIAERESIS}",
]


@pytest.mark.parametrize("kid", STRANGE_KIDS)
def test_j06_j07_strange_kid(
    verifier: SessionTokenVerifier, key: SigningKey, token: str, kid: str
) -> None:
    """A kid is a name in memory, and no path, command or pattern."""
    header = header_of(key) | {"kid": kid}

    assert refusal(verifier, forge(header, claims_of(token), key)) == "key_unknown"


def test_j08_huge_kid(verifier: SessionTokenVerifier, key: SigningKey) -> None:
    """A kid of a megabyte is refused by its length."""
    header = header_of(key) | {"kid": "k" * 2**20}

    assert refusal(verifier, forge(header, {}, key)) == "too_long"


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda kid: f"{kid} "])
def test_j09_kid_nearly_right(
    verifier: SessionTokenVerifier, key: SigningKey, token: str, change: type[str]
) -> None:
    """A kid is matched byte for byte."""
    header = header_of(key) | {"kid": change(key.kid)}

    assert refusal(verifier, forge(header, claims_of(token), key)) == "key_unknown"


FOREIGN_MEMBERS: dict[str, object] = {
    "j10 jwk": {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}},
    "j11 jku": {"jku": "https://127.0.0.1:1/keys"},
    "j11 x5u": {"x5u": "https://127.0.0.1:1/chain"},
    "j12 x5c": {"x5c": ["MIIB"]},
    "j12 x5t": {"x5t": "AAAA"},
    "j13 crit unknown": {"crit": ["exp2"], "exp2": 1},
    "j14 crit empty": {"crit": []},
    "j14 crit of standard names": {"crit": ["alg"]},
    "j14 crit absent": {"crit": ["b64"]},
    "j14 crit no list": {"crit": "b64"},
    "j15 b64": {"b64": False},
    "j15 b64 with crit": {"b64": False, "crit": ["b64"]},
    "j30 cty": {"cty": "JWT"},
    "j32 zip": {"zip": "DEF"},
    "j33 p2c": {"p2c": 2**31, "p2s": "AAAA"},
    "unknown": {"unknown": "x"},
}


@pytest.mark.parametrize("name", FOREIGN_MEMBERS)
def test_j10_to_j15_foreign_header_member(
    verifier: SessionTokenVerifier, key: SigningKey, token: str, name: str
) -> None:
    """The header has three members; any other refuses the token unread."""
    member = FOREIGN_MEMBERS[name]
    assert isinstance(member, dict)

    reason = refusal(verifier, forge(header_of(key) | member, claims_of(token), key))

    assert reason == "header_members"


def test_j10_embedded_key_of_attacker(
    verifier: SessionTokenVerifier, key: SigningKey, token: str
) -> None:
    """A token that brings the key that verifies it is refused."""
    attacker = SigningKey.generate(Algorithm.EDDSA, SeededEntropy(99))
    header = header_of(key) | {"jwk": attacker.verifying_key.jwk()}

    reason = refusal(verifier, forge(header, claims_of(token), attacker))

    assert reason == "header_members"


@pytest.mark.parametrize("second", ["EdDSA", "none"])
@pytest.mark.parametrize("name", ["alg", "al\\u0067"])
def test_j16_j18_duplicate_header_member(
    verifier: SessionTokenVerifier,
    key: SigningKey,
    token: str,
    second: str,
    name: str,
) -> None:
    """A header member stands once, with or without an escape in its name."""
    text = json.dumps(header_of(key))[:-1] + f', "{name}": "{second}"}}'

    assert refusal(verifier, forge(text, claims_of(token), key)) == "header_not_json"


NOT_JSON = {
    "trailing comma": '{"alg": "EdDSA",}',
    "single quotes": "{'alg': 'EdDSA'}",
    "comment": '{"alg": "EdDSA" /* */}',
    "NaN": '{"alg": NaN}',
    "Infinity": '{"alg": -Infinity}',
    "array": '["alg"]',
    "string": '"alg"',
    "two documents": "{}{}",
    "byte order mark": "\ufeff{}",
    "deep": "[" * 5000,
}


@pytest.mark.parametrize("name", NOT_JSON)
def test_j20_j49_header_not_json(
    verifier: SessionTokenVerifier, key: SigningKey, name: str
) -> None:
    """A header is one object of strict JSON."""
    assert refusal(verifier, forge(NOT_JSON[name], {}, key)) == "header_not_json"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-32-be"])
def test_j60_header_in_another_encoding(
    verifier: SessionTokenVerifier, key: SigningKey, encoding: str
) -> None:
    """A header is UTF-8 and nothing else."""
    header = json.dumps(header_of(key)).encode(encoding)

    assert refusal(verifier, forge(header, {}, key)) == "header_not_json"


@pytest.mark.parametrize("raw", [b"\xff{}", b'{"\xc0\xaf":1}', b'{"\xed\xa0\x80":1}'])
def test_j60_header_in_bad_utf8(
    verifier: SessionTokenVerifier, key: SigningKey, raw: bytes
) -> None:
    """Overlong forms, surrogates and stray bytes are not UTF-8."""
    assert refusal(verifier, forge(raw, {}, key)) == "header_not_json"


def test_control_the_token_itself_is_good(
    verifier: SessionTokenVerifier, token: str, ring: Ring
) -> None:
    """What the attacks vary is a token that is taken."""
    assert role_session(ring) == verifier.verify(token, START)


def test_control_a_forged_copy_is_good(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, ring: Ring
) -> None:
    """What the attacks forge is taken where nothing is forged."""
    copy = forge(header_of(key), claims_of(token), key)

    assert role_session(ring) == verifier.verify(copy, START)
