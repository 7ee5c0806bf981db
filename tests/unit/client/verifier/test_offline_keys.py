"""Which keys are used, and how a key set is read and kept.

Source: the project's attack catalogue, section J, by its numbers.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.keyring.algorithm import Algorithm
from daypass.keyring.ring import Ring
from daypass_client.errors import CannotVouchError
from daypass_client.values import KeySet, PublicKey
from daypass_client.verifier.base64url import encode
from daypass_client.verifier.jwks import kept, parse_key_set
from daypass_client.verifier.key_ring import InvalidKeySetError, KeyRing
from daypass_client.verifier.keys import VerifyingKey
from support.offline import KEPT, OfflineWorld, key_set, public_key
from support.rings import key_of

# Encodings of the points of small order, and the identity written otherwise; source:
# the table of ed25519-speccheck.
SMALL_ORDER = (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
)


def published(algorithm: Algorithm, **changes: str) -> PublicKey:
    """Returns a key of an algorithm as it is published."""
    return public_key(key_of(algorithm).verifying_key, **changes)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_keys_of_the_list_are_used(algorithm: Algorithm) -> None:
    """A key of each algorithm of the list is loaded."""
    key = VerifyingKey.of(published(algorithm))

    assert algorithm.value == key.algorithm


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_j40_small_order(point: str) -> None:
    """A key of small order, for which one signature fits all, is none."""
    x = encode(bytes.fromhex(point)).decode()

    with pytest.raises(ValueError, match="prime order"):
        VerifyingKey.of(published(Algorithm.EDDSA, x=x))


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "ES256"},
        {"alg": "HS256"},
        {"alg": "none"},
        {"alg": ""},
        {"alg": "ML-DSA-65"},
        {"crv": "Ed448"},
        {"kty": "oct"},
        {"use": "enc"},
        {"use": ""},
        {"kid": ""},
        {"kid": "k" * 129},
        {"x": ""},
        {"x": "AAAA"},
        {"x": "\u00e4"},
        {"y": "AAAA"},
        {"n": "AAAA"},
    ],
    ids=str,
)
def test_j05_j44_key_of_another_kind(changes: dict[str, str]) -> None:
    """A key whose members do not fit is none."""
    with pytest.raises(ValueError):  # noqa: PT011 - the texts differ, the class does not.
        VerifyingKey.of(published(Algorithm.EDDSA, **changes))


@pytest.mark.parametrize("algorithm", [Algorithm.ES256, Algorithm.ES384])
def test_j42_point_off_the_curve(algorithm: Algorithm) -> None:
    """A point that is not on the curve, or has no whole coordinates, is no key."""
    key = published(algorithm)
    for changes in (
        {"y": key.x},
        {"y": ""},
        {"x": encode(bytes(len(key.x) * 3 // 4)).decode(), "y": key.y},
        {"x": key.x[:-4]},
        {"crv": "P-521"},
        {"crv": "P-384" if key.crv == "P-256" else "P-256"},
        {"alg": "ES384" if key.alg == "ES256" else "ES256"},
        {"n": "AAAA"},
    ):
        with pytest.raises(ValueError):  # noqa: PT011 - as above.
            VerifyingKey.of(replace(key, **changes))


def modulus(bits: int, *, odd: bool = True) -> str:
    """Returns a number of so many bits."""
    number = (1 << (bits - 1)) + int(odd)
    return encode(number.to_bytes((bits + 7) // 8, "big")).decode()


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({"n": modulus(2_047)}, False),
        ({"n": modulus(2_048)}, True),
        ({"n": modulus(4_096)}, True),
        ({"n": modulus(4_097)}, False),
        ({"n": modulus(3_072, odd=False)}, False),
        ({"e": "AQ"}, False),
        ({"e": "Aw"}, False),
        ({"e": "AQAB"}, True),
        ({"x": "AAAA"}, False),
    ],
    ids=lambda value: str(value)[-12:],
)
def test_j43_rsa_keys(changes: dict[str, str], *, good: bool) -> None:
    """RSA keys have 2,048 to 4,096 bits and the one exponent."""
    key = published(Algorithm.RS256, **changes)
    try:
        VerifyingKey.of(key)
    except ValueError:
        assert not good
    else:
        assert good


def test_keys_of_others_are_ignored(ring: Ring) -> None:
    """A key that cannot be used does not take the others with it, and is named."""
    world = OfflineWorld(ring)
    strange = published(Algorithm.EDDSA, alg="ML-DSA-65", kid="newer")

    world.keys.take(
        KeySet((*key_set(ring).keys, strange), KEPT), read_at=world.clock.monotonic()
    )

    assert ("newer",) == world.keys.ignored_key_ids
    assert "good" == world.verdict(world.token())


def test_j46_two_keys_of_one_name(ring: Ring) -> None:
    """A set with two keys of one name is refused whole, and the one before kept."""
    world = OfflineWorld(ring)
    twice = KeySet(key_set(ring).keys * 2, KEPT)

    with pytest.raises(InvalidKeySetError):
        world.keys.take(twice, read_at=world.clock.monotonic())

    assert "good" == world.verdict(world.token())


def test_number_of_keys_is_bounded(ring: Ring) -> None:
    """A set of a hundred keys is taken, and one of more is not."""
    one = key_set(ring).keys[0]
    keys = tuple(replace(one, kid=f"k{number}") for number in range(101))
    known = KeyRing(timedelta(hours=1))

    known.take(KeySet(keys[:100], KEPT), read_at=1.0)
    with pytest.raises(InvalidKeySetError):
        known.take(KeySet(keys, KEPT), read_at=1.0)
    assert 100 == len(known.key_ids)


def test_j55_key_that_is_gone(ring: Ring) -> None:
    """A token that was seen is refused when its key is no longer published."""
    world = OfflineWorld(ring)
    token = world.token()
    assert "good" == world.verdict(token)

    rest = tuple(key for key in key_set(ring).keys if key.alg != "EdDSA")
    world.keys.take(KeySet(rest, KEPT), read_at=world.clock.monotonic())

    assert "unknown_key" == world.refused(token)
    assert "good" == world.verdict(world.token(algorithm=Algorithm.ES256))


def test_key_of_one_name_and_other_bytes(ring: Ring) -> None:
    """Another key under a known name does not vouch for what the first has signed."""
    world = OfflineWorld(ring)
    token = world.token()
    world.verify(token)
    other = key_of(Algorithm.EDDSA, seed=99).verifying_key
    swapped = public_key(other, kid=ring.signing_key().kid)

    world.keys.take(KeySet((swapped,), KEPT), read_at=world.clock.monotonic())

    assert "unknown_key" == world.refused(token)
    assert "untrusted" == world.refused(world.token(session_name="new"))


def test_j57_older_ring_is_left_alone(ring: Ring) -> None:
    """A set of an older ring than is known takes nothing back."""
    known = KeyRing(timedelta(hours=1))
    whole = key_set(ring)
    known.take(whole, read_at=1.0, version=5)

    known.take(KeySet(whole.keys[:1], KEPT), read_at=2.0, version=4)
    assert len(whole.keys) == len(known.key_ids)
    known.take(KeySet(whole.keys[:1], KEPT), read_at=2.0, version=5)
    assert 1 == len(known.key_ids)


def test_same_keys_leave_the_mark(ring: Ring) -> None:
    """A set that says nothing new makes no token be judged again."""
    known = KeyRing(timedelta(hours=1))
    known.take(key_set(ring), read_at=1.0)
    mark, key = known.mark, known.get(ring.signing_key().kid)

    known.take(key_set(ring), read_at=2.0)

    assert mark is known.mark
    assert key is known.get(ring.signing_key().kid)


def test_key_set_grows_old(ring: Ring) -> None:
    """A key set serves for as long as it may, and no longer."""
    world = OfflineWorld(ring, revocations=False, unsafe=True)
    token = world.token(expire_time=world.clock.now() + timedelta(hours=2))

    world.clock.advance(timedelta(hours=1))
    assert "good" == world.verdict(token)
    world.clock.advance(timedelta(microseconds=1))
    for text in (token, world.token(session_name="new")):
        with pytest.raises(CannotVouchError) as caught:
            world.verdict(text)
        assert "keys_stale" == caught.value.reason


def test_no_key_set_at_all(ring: Ring) -> None:
    """Without a key set nothing is said of a token."""
    world = OfflineWorld(ring)
    world.judge._keys = KeyRing(timedelta(hours=1))

    with pytest.raises(CannotVouchError) as caught:
        world.verdict(world.token())
    assert "keys_unknown" == caught.value.reason


def test_unknown_keys_are_asked_for_once_in_a_while() -> None:
    """A key that is not known is asked for once in ten seconds."""
    known = KeyRing(timedelta(hours=1))

    asked = [known.may_ask(time) for time in (100.0, 100.0, 109.9, 110.0, 110.1)]

    assert [True, False, False, True, False] == asked


def document(*keys: dict[str, object]) -> bytes:
    """Returns a key set as a document."""
    return json.dumps({"keys": keys}).encode()


JWK: dict[str, object] = dict(key_of(Algorithm.EDDSA).verifying_key.jwk())


def test_document_is_read() -> None:
    """What a server publishes is what is read."""
    found = parse_key_set(document(JWK), cache_control="public, max-age=60")

    assert (published(Algorithm.EDDSA),) == found.keys
    assert timedelta(seconds=60) == found.max_age


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":[1]}',
        b'{"keys":[{"kid":1}]}',
        b'{"keys":[],"keys":[]}',
        b"\xff",
        document({**JWK, "d": "AAAA"}),
        document({"kty": "oct", "k": "AAAA"}),
        document({**JWK, "key_ops": "verify"}),
    ],
    ids=lambda data: repr(data[:24]),
)
def test_j45_document_that_is_none(data: bytes) -> None:
    """What is no key set, or shows a key that is not public, is refused whole."""
    with pytest.raises(InvalidKeySetError):
        parse_key_set(data, cache_control="")


@pytest.mark.parametrize(
    ("operations", "good"), [(["verify"], True), ([], False), (["encrypt"], False)]
)
def test_j44_operations_of_a_key(operations: list[str], *, good: bool) -> None:
    """A key that is not to verify does not."""
    found = parse_key_set(document({**JWK, "key_ops": operations}), cache_control="")
    known = KeyRing(timedelta(hours=1))
    known.take(found, read_at=1.0)

    assert good is bool(known.key_ids)


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("", 300),
        ("no-store", 300),
        ("max-age=60", 60),
        ("public,max-age=60, must-revalidate", 60),
        ("s-max-age=60", 300),
        ("max-age=0", 10),
        ("max-age=999999999", 3_600),
        ("max-age=-1", 300),
        ("max-age=\u0663", 300),
    ],
)
def test_how_long_a_document_is_kept(control: str, seconds: int) -> None:
    """A server says how long, within our bounds."""
    assert timedelta(seconds=seconds) == kept(control)
