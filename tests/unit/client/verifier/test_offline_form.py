"""Attacks on the form and the header of tokens, against the offline verifier.

Source: the project's attack catalogue, section J, by its numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import string

import pytest

from daypass.keyring.algorithm import Algorithm
from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass.tokens.session_token import SessionTokenVerifier
from support.forge import Held, b64, b64_decode, claims_of, forge, header_of
from support.offline import OfflineWorld

ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def test_good_tokens_are_taken(world: OfflineWorld) -> None:
    """A token of each algorithm is good, so that the refusals below mean something."""
    for algorithm in Algorithm:
        claims = world.verify(world.token(algorithm=algorithm))

        assert "alice" == claims.session_name


def test_j35_one_spelling(world: OfflineWorld) -> None:
    """No character of a token can be changed, left out or doubled."""
    token = world.token()

    for place, character in enumerate(token):
        other = ALPHABET[(ALPHABET.find(character) + 1) % len(ALPHABET)]
        for text in (other, "", character * 2):
            changed = token[:place] + text + token[place + 1 :]
            assert "good" != world.verdict(changed), place


@pytest.mark.parametrize(
    "stray", ["=", "==", "+", "/", " ", "\n", "\t", "\0", "A", "\u00e4", "\ud800", "."]
)
@pytest.mark.parametrize("part", range(3))
def test_j35_stray_characters(world: OfflineWorld, stray: str, part: int) -> None:
    """Nothing stands at the end of a part that is not of it."""
    parts = world.token().split(".")
    parts[part] += stray

    assert world.refused(".".join(parts)) in {"malformed", "untrusted"}


@pytest.mark.parametrize("algorithm", Algorithm)
def test_j35_stray_bits(world: OfflineWorld, algorithm: Algorithm) -> None:
    """The unused bits of the last character are zero."""
    token = world.token(algorithm=algorithm)
    bits = ALPHABET.index(token[-1])
    if len(token.rpartition(".")[2]) % 4 == 0:
        assert algorithm in {Algorithm.ES384, Algorithm.RS256}
        return

    assert "malformed" == world.refused(token[:-1] + ALPHABET[bits + 1])


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6])
def test_j31_j36_number_of_parts(world: OfflineWorld, count: int) -> None:
    """A token has three parts."""
    parts = (world.token().split(".") * 2)[:count]

    assert "malformed" == world.refused(".".join(parts))


@pytest.mark.parametrize("text", ["", ".", "..", "...", "a", "\ufeff", "." * 8_000])
def test_j36_j48_no_token_at_all(world: OfflineWorld, text: str) -> None:
    """What has no parts is malformed."""
    assert "malformed" == world.refused(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [(".", ""), ("", "."), ("\ufeff", ""), ("Bearer ", ""), (" ", ""), ("", "\n")],
)
def test_j36_something_around_it(world: OfflineWorld, before: str, after: str) -> None:
    """Nothing stands before or behind a token."""
    assert "malformed" == world.refused(f"{before}{world.token()}{after}")


def test_j34_json_serialization(world: OfflineWorld) -> None:
    """The JSON serializations are refused."""
    header, payload, signature = world.token().split(".")
    one = {"protected": header, "signature": signature}

    assert "malformed" == world.refused(json.dumps({"payload": payload} | one))


def test_j47_length_is_looked_at_first(world: OfflineWorld, key: SigningKey) -> None:
    """A token of 8,192 characters is read, and one of more is not."""
    claims = json.dumps(claims_of(world.token()))
    shortest = len(forge(header_of(key), claims, key))
    room = 8_192 - shortest
    fits = forge(header_of(key), claims + " " * (room * 3 // 4 - 3), key)

    assert "good" == world.verdict(fits)
    assert "malformed" == world.refused(fits + "A" * (8_193 - len(fits)))


@pytest.mark.parametrize(
    "name", ["none", "None", "NONE", "none ", "HS256", "", "EDDSA"]
)
def test_j01_j02_alg_of_another_name(
    world: OfflineWorld, key: SigningKey, name: str
) -> None:
    """The algorithm is that of the key, byte by byte; there is no token without one."""
    header = header_of(key) | {"alg": name}
    claims = claims_of(world.token())

    assert "untrusted" == world.refused(forge(header, claims, key))
    assert "malformed" == world.refused(
        f"{b64(json.dumps(header))}.{b64(json.dumps(claims))}."
    )


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_j03_mac_with_public_key(
    world: OfflineWorld, key: SigningKey, digest: str
) -> None:
    """A MAC under our public key is no signature."""
    header = header_of(key) | {"alg": f"HS{digest[3:]}"}
    text = f"{b64(json.dumps(header))}.{world.token().split('.')[1]}"
    mac = hmac.new(key.verifying_key.public, text.encode(), hashlib.new(digest).name)

    assert "untrusted" == world.refused(f"{text}.{b64(mac.digest())}")


@pytest.mark.parametrize("claimed", Algorithm)
@pytest.mark.parametrize("real", Algorithm)
def test_j04_alg_of_another_key(
    world: OfflineWorld, ring: Ring, real: Algorithm, claimed: Algorithm
) -> None:
    """A token that names another algorithm than its key has is refused."""
    signer = ring.signing_key(real)
    header = header_of(signer) | {"alg": claimed.value}
    token = forge(header, claims_of(world.token()), signer)

    expected = "good" if real is claimed else "untrusted"
    assert expected == world.verdict(token)


@pytest.mark.parametrize("member", ["alg", "kid", "typ"])
@pytest.mark.parametrize("value", [None, 1, ["EdDSA"], {"a": "b"}, True])
def test_j02_j08_header_member_of_wrong_type(
    world: OfflineWorld, key: SigningKey, member: str, value: object
) -> None:
    """Members of the header are strings."""
    token = forge(header_of(key) | {member: value}, claims_of(world.token()), key)

    assert "malformed" == world.refused(token)


@pytest.mark.parametrize("member", ["alg", "kid", "typ"])
def test_j02_j08_header_member_missing(
    world: OfflineWorld, key: SigningKey, member: str
) -> None:
    """No key is tried that was not named."""
    header = header_of(key)
    del header[member]

    assert "malformed" == world.refused(forge(header, claims_of(world.token()), key))


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": []},
        {"crit": ["exp"]},
        {"b64": False},
        {"jku": "https://127.0.0.1:1/"},
        {"x5u": "https://127.0.0.1:1/"},
        {"x5c": ["MA=="]},
        {"cty": "JWT"},
        {"zip": "DEF"},
        {"jwk": {"kty": "OKP"}},
    ],
)
def test_j10_to_j15_j30_header_members_of_others(
    world: OfflineWorld, key: SigningKey, extra: dict[str, object]
) -> None:
    """A header has three members, and nothing of any other is looked at."""
    token = forge(header_of(key) | extra, claims_of(world.token()), key)

    assert "malformed" == world.refused(token)


@pytest.mark.parametrize(
    "kid", ["", "*", "../../dev/null", "k\r\nFLUSHALL", "{slot}", "\0", "K" * 5_000]
)
def test_j06_j07_j09_kid_of_nobody(
    world: OfflineWorld, key: SigningKey, kid: str
) -> None:
    """A key that is not there is not known, whatever its name says."""
    token = forge(header_of(key) | {"kid": kid}, claims_of(world.token()), key)

    assert "unknown_key" == world.refused(token)


def test_j09_kid_is_matched_byte_by_byte(world: OfflineWorld, key: SigningKey) -> None:
    """Neither case nor blanks are forgiven."""
    claims = claims_of(world.token())
    for kid in (key.kid.swapcase(), f"{key.kid} ", key.kid[:-1]):
        token = forge(header_of(key) | {"kid": kid}, claims, key)
        assert "unknown_key" == world.refused(token)


def test_j16_header_members_twice(world: OfflineWorld, key: SigningKey) -> None:
    """A member that is there twice is refused, escaped or not."""
    plain = json.dumps(header_of(key))
    for twice in ('"alg":"EdDSA"', '"\\u0061lg":"EdDSA"'):
        token = forge(f"{plain[:-1]},{twice}}}", claims_of(world.token()), key)
        assert "malformed" == world.refused(token)


def test_j52_header_written_otherwise(world: OfflineWorld) -> None:
    """The bytes that were received are verified, and no rewriting of them."""
    header, payload, signature = world.token().split(".")
    other = b64(json.dumps(json.loads(b64_decode(header)), indent=1))

    assert "untrusted" == world.refused(f"{other}.{payload}.{signature}")


def test_j39_signature_of_wrong_length(world: OfflineWorld) -> None:
    """A signature that is too short or too long is none, of each algorithm."""
    for algorithm in Algorithm:
        signing_input, _, signature = world.token(algorithm=algorithm).rpartition(".")
        raw = b64_decode(signature)
        for other in (raw[:-1], raw + b"\0", raw * 2, b"\0"):
            assert "untrusted" == world.refused(f"{signing_input}.{b64(other)}")


def test_j38_twin_of_a_signature(world: OfflineWorld) -> None:
    """Of r, s and r, n - s only the one with the smaller s is taken."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signing_input, _, signature = world.token(algorithm=Algorithm.ES256).rpartition(".")
    raw = b64_decode(signature)
    s = order - int.from_bytes(raw[32:], "big")
    twin = b64(raw[:32] + s.to_bytes(32, "big"))

    assert "untrusted" == world.refused(f"{signing_input}.{twin}")


def test_j37_psychic_signature(world: OfflineWorld) -> None:
    """Zeros are no signature."""
    for algorithm, size in ((Algorithm.ES256, 64), (Algorithm.ES384, 96)):
        signing_input = world.token(algorithm=algorithm).rpartition(".")[0]
        assert "untrusted" == world.refused(f"{signing_input}.{b64(bytes(size))}")


def test_server_says_the_same(world: OfflineWorld, ring: Ring) -> None:
    """What the server takes the verifier takes, and nothing else."""
    server = SessionTokenVerifier(ring=Held(ring))
    token = world.token()

    assert server.verify(token, world.clock.now()).access_key_id == (
        world.verify(token).access_key_id
    )
