"""Attacks on the form of our tokens, by their numbers.

Source: the project's attack catalogue, section J.
"""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring
from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass.tokens.session_token import SessionTokenCodec, SessionTokenVerifier
from support.forge import (
    Held,
    b64,
    b64_decode,
    header_of,
    refusal,
    role_session,
)
from support.world import START, SeededEntropy

RING = new_ring(SeededEntropy(), START)
TOKEN = SessionTokenCodec().encode(role_session(RING), RING).text
VERIFIER = SessionTokenVerifier(ring=Held(RING))


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6])
def test_j31_j36_number_of_parts(
    verifier: SessionTokenVerifier, token: str, count: int
) -> None:
    """A token has three parts; five, as in an encrypted one, are refused unread."""
    parts = (token.split(".") * 2)[:count]

    assert refusal(verifier, ".".join(parts)) == "not_three_parts"


@pytest.mark.parametrize("empty", range(3))
def test_j36_empty_part(verifier: SessionTokenVerifier, token: str, empty: int) -> None:
    """No part may be empty."""
    parts = token.split(".")
    parts[empty] = ""

    assert refusal(verifier, ".".join(parts)) == "not_three_parts"


@pytest.mark.parametrize(
    ("before", "after"),
    [(".", ""), ("", "."), ("\ufeff", ""), ("Bearer ", ""), (" ", ""), ("", "\n")],
)
def test_j36_something_around_it(
    verifier: SessionTokenVerifier, token: str, before: str, after: str
) -> None:
    """Nothing may stand before or behind a token."""
    reason = refusal(verifier, f"{before}{token}{after}")

    assert reason in {"not_three_parts", "not_canonical_base64url"}


def test_j34_json_serialization(verifier: SessionTokenVerifier, token: str) -> None:
    """The JSON serializations, flattened and general, are refused."""
    header, payload, signature = token.split(".")
    one = {"protected": header, "signature": signature}
    for form in ({"payload": payload} | one, {"payload": payload, "signatures": [one]}):
        assert refusal(verifier, json.dumps(form)) == "not_three_parts"


STRAY = ["=", "==", "+", "/", " ", "\n", "\t", "\0", "A", "\u00e4", "."]


@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("stray", STRAY)
def test_j35_stray_character(
    verifier: SessionTokenVerifier, token: str, part: int, stray: str
) -> None:
    """No character may be added to any part."""
    parts = token.split(".")
    parts[part] += stray

    assert refusal(verifier, ".".join(parts))


@pytest.mark.parametrize("algorithm", [Algorithm.EDDSA, Algorithm.ES256])
def test_j35_stray_bits(ring: Ring, algorithm: Algorithm) -> None:
    """The unused bits of a last character are zero: 64 bytes leave four of them."""
    text = SessionTokenCodec(algorithm=algorithm).encode(role_session(ring), ring).text
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(text[-1])
    verifier = SessionTokenVerifier(ring=Held(ring))

    assert last % 16 == 0
    for stray in range(1, 16):
        other = text[:-1] + alphabet[last + stray]
        assert refusal(verifier, other) == "not_canonical_base64url"


@given(position=st.integers(0, len(TOKEN) - 1), bit=st.integers(0, 6))
def test_j35_one_spelling_only(position: int, bit: int) -> None:
    """A token with any one bit of its text changed is refused."""
    changed = bytearray(TOKEN.encode())
    changed[position] ^= 1 << bit

    assert refusal(VERIFIER, changed.decode("latin-1"))


@given(position=st.integers(0, len(TOKEN)), character=st.characters())
def test_j35_nothing_inserted(position: int, character: str) -> None:
    """A token with any character inserted anywhere is refused."""
    assert refusal(VERIFIER, TOKEN[:position] + character + TOKEN[position:])


@given(
    part=st.sampled_from([0, 1, 2]),
    position=st.integers(0, 63),
    bit=st.integers(0, 7),
)
def test_flipped_bit_of_the_value(part: int, position: int, bit: int) -> None:
    """A token with any one bit of a decoded part changed is refused."""
    parts = TOKEN.split(".")
    value = bytearray(b64_decode(parts[part]))
    value[position] ^= 1 << bit
    parts[part] = b64(bytes(value))

    assert refusal(VERIFIER, ".".join(parts))


@given(text=st.text())
def test_any_text_is_refused(text: str) -> None:
    """No text whatever raises anything but the one refusal."""
    assert refusal(VERIFIER, text)


@given(parts=st.lists(st.binary(max_size=40), min_size=3, max_size=3))
def test_any_bytes_in_parts_are_refused(parts: list[bytes]) -> None:
    """No bytes in the right frame raise anything but the one refusal."""
    assert refusal(VERIFIER, ".".join(map(b64, parts)))


@pytest.mark.parametrize("size", [9 * 2**10, 64 * 2**10, 2**20, 10**7])
@pytest.mark.parametrize("character", ["A", "."])
def test_j47_j48_long_text(
    verifier: SessionTokenVerifier, size: int, character: str
) -> None:
    """A text beyond the bound is refused by its length, whatever is in it."""
    assert refusal(verifier, character * size) == "too_long"


def test_j47_length_at_the_edge(verifier: SessionTokenVerifier) -> None:
    """A text of exactly the bound is looked at; one character more is not."""
    edge = "A" * limits.TOKEN_BYTES_MAX

    assert refusal(verifier, edge) == "not_three_parts"
    assert refusal(verifier, edge + "A") == "too_long"


def test_j48_dots_allocate_nothing(verifier: SessionTokenVerifier) -> None:
    """Refusing ten million dots takes no memory in proportion to them."""
    text = "." * 10**7
    refusal(verifier, text)
    tracemalloc.start()

    started = time.perf_counter()
    refusal(verifier, text)
    seconds = time.perf_counter() - started

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 2**10
    assert seconds < 1


@pytest.mark.parametrize("separators", [(", ", ": "), (" ,", " :"), (",\n", ":\t")])
def test_j52_header_serialized_anew(
    verifier: SessionTokenVerifier,
    token: str,
    key: SigningKey,
    separators: tuple[str, str],
) -> None:
    """The received bytes are verified: an equal header in other bytes is refused."""
    _, payload, signature = token.split(".")
    header = b64(json.dumps(header_of(key), separators=separators))

    assert refusal(verifier, f"{header}.{payload}.{signature}") == "wrong_signature"


def test_j52_header_in_another_order(
    verifier: SessionTokenVerifier, token: str, key: SigningKey
) -> None:
    """The order of members is part of the bytes that were signed."""
    _, payload, signature = token.split(".")
    members = dict(reversed(header_of(key).items()))
    header = b64(json.dumps(members, separators=(",", ":")))

    assert refusal(verifier, f"{header}.{payload}.{signature}") == "wrong_signature"
