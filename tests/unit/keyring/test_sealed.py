"""A sealed ring opens only whole, unchanged, and under its master key."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import RingCorruptError
from daypass.keyring.generate import new_ring
from daypass.keyring.key import KeyState
from daypass.keyring.ring import RingKey
from daypass.keyring.ring_json import encode_ring
from daypass.keyring.sealed import open_ring, seal_ring
from support.rings import key_of
from support.world import START, SeededEntropy

MASTER = Secret(b"m" * 32)
RING = new_ring(SeededEntropy(), START)
BLOB = seal_ring(RING, MASTER, SeededEntropy(1))
HEAD_BYTES = 10 + len(RING.ring_id) + 12


def _sealed_text(text: bytes, head: bytes = BLOB[:HEAD_BYTES]) -> bytes:
    """Seals any text as an owner of the master key could."""
    cipher = AESGCM(MASTER.reveal())
    return head + cipher.encrypt(head[-12:], text, b"daypass-ring\0" + head)


def _members() -> dict[str, Any]:
    members = json.loads(encode_ring(RING))
    assert isinstance(members, dict)
    return members


@given(position=st.integers(0, len(BLOB) - 1), bit=st.integers(0, 7))
def test_flipped_bit_refused(position: int, bit: int) -> None:
    """A file with any one bit changed does not open."""
    changed = bytearray(BLOB)
    changed[position] ^= 1 << bit

    with pytest.raises(RingCorruptError):
        open_ring(bytes(changed), MASTER)


@given(size=st.integers(0, len(BLOB) - 1))
def test_cut_file_refused(size: int) -> None:
    """A file that was cut off anywhere does not open."""
    with pytest.raises(RingCorruptError):
        open_ring(BLOB[:size], MASTER)


def test_longer_file_refused() -> None:
    """A file with something behind it does not open."""
    with pytest.raises(RingCorruptError):
        open_ring(BLOB + b"\0", MASTER)


@given(blob=st.binary(max_size=100))
def test_noise_refused(blob: bytes) -> None:
    """Noise is a corrupt ring, whatever it is made of."""
    with pytest.raises(RingCorruptError):
        open_ring(blob, MASTER)


def test_huge_file_refused() -> None:
    """A file beyond the bound is not even looked at."""
    with pytest.raises(RingCorruptError):
        open_ring(BLOB.ljust(limits.KEYRING_FILE_BYTES_MAX + 1, b"\0"), MASTER)


def test_other_master_key_refused() -> None:
    """Another master key does not open the file."""
    with pytest.raises(RingCorruptError):
        open_ring(BLOB, Secret(b"n" * 32))


@pytest.mark.parametrize("size", [0, 16, 24, 31, 33])
def test_master_key_of_wrong_size_refused(size: int) -> None:
    """A master key has 32 bytes; a shorter one never weakens the seal."""
    with pytest.raises(ValueError, match="32 bytes"):
        seal_ring(RING, Secret(b"m" * size), SeededEntropy())


def test_spliced_head_refused() -> None:
    """The sealed part of one file does not open behind the head of another."""
    later = seal_ring(replace(RING, version=2), MASTER, SeededEntropy(2))

    with pytest.raises(RingCorruptError):
        open_ring(later[:HEAD_BYTES] + BLOB[HEAD_BYTES:], MASTER)


@pytest.mark.parametrize("member", [{"version": 2}, {"ring_id": "other"}])
def test_inside_disagrees_with_outside_refused(member: dict[str, Any]) -> None:
    """Name and version inside are those of the head, or the file is refused."""
    text = json.dumps(_members() | member).encode()

    with pytest.raises(RingCorruptError):
        open_ring(_sealed_text(text), MASTER)


def test_unknown_form_refused() -> None:
    """A form of a later release is refused, sealed correctly or not."""
    head = bytes([2]) + BLOB[1:HEAD_BYTES]

    with pytest.raises(RingCorruptError):
        open_ring(_sealed_text(encode_ring(RING), head), MASTER)


def _without(part: str, name: str) -> dict[str, Any]:
    members = _members()
    target = members[part][0] if part else members
    del target[name]
    return members


def _with(part: str, name: str, value: object) -> dict[str, Any]:
    members = _members()
    target = members[part][0] if part else members
    target[name] = value
    return members


BAD_MEMBERS = {
    "no version": _without("", "version"),
    "boolean version": _with("", "version", value=True),
    "no keys": _without("", "keys"),
    "key is no object": _with("", "keys", [1]),
    "no private key": _without("keys", "private"),
    "private key is no base64": _with("keys", "private", "%"),
    "private key is short": _with("keys", "private", "AAAA"),
    "unknown algorithm": _with("keys", "algorithm", "none"),
    "unknown state": _with("keys", "state", "sleeping"),
    "no secret": _without("derivation_secrets", "secret"),
    "unknown member": _with("", "more", 1),
    "unknown member of a key": _with("keys", "more", 1),
    "unknown member of a secret": _with("sealing_keys", "more", 1),
    "year beyond all": _with("keys", "since", 10**15),
}


@pytest.mark.parametrize("name", BAD_MEMBERS)
def test_malformed_inside_refused(name: str) -> None:
    """What is sealed correctly and is no ring is corrupt all the same."""
    with pytest.raises(RingCorruptError):
        open_ring(_sealed_text(json.dumps(BAD_MEMBERS[name]).encode()), MASTER)


@pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b'{"keys":1,"keys":2}'])
def test_no_json_inside_refused(text: bytes) -> None:
    """What is sealed correctly and is no object is corrupt all the same."""
    with pytest.raises(RingCorruptError):
        open_ring(_sealed_text(text), MASTER)


def test_round_trip() -> None:
    """A ring comes out as it went in, states and times included."""
    entropy = SeededEntropy()
    extra = tuple(
        RingKey(key_of(algorithm, seed), state, START)
        for algorithm in Algorithm
        for seed, state in enumerate(KeyState, start=1)
        if state is not KeyState.ACTIVE
    )
    ring = replace(RING, version=7, keys=RING.keys + extra)

    assert ring == open_ring(seal_ring(ring, MASTER, entropy), MASTER)


def test_secrets_are_not_readable() -> None:
    """Nothing secret stands in the file in clear."""
    for secret in (RING.signing_key().private, RING.current_derivation.secret):
        assert secret.reveal() not in BLOB


def test_sealing_twice_differs() -> None:
    """Each sealing draws a nonce of its own."""
    entropy = SeededEntropy()

    assert seal_ring(RING, MASTER, entropy) != seal_ring(RING, MASTER, entropy)
