"""Authorization messages open for one account, for a while, and unchanged."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import base64url, limits
from daypass.core.errors import InvalidAuthorizationMessageError
from daypass.keyring.generate import new_ring
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.sts.page_tokens import PageTokens
from daypass.tokens.authorization_message import AuthorizationMessageCodec
from support.forge import Held
from support.world import START, SeededEntropy

ACCOUNT, OTHER = "111122223333", "123456789012"
RETENTION = timedelta(hours=1)
SECOND = timedelta(seconds=1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=500)


def codec_of(ring: Held[Ring], seed: int = 3) -> AuthorizationMessageCodec:
    """Returns a codec that keeps messages for an hour."""
    return AuthorizationMessageCodec(
        ring=ring, entropy=SeededEntropy(seed), retention=RETENTION
    )


RING = Held(new_ring(SeededEntropy(1), START))
CODEC = codec_of(RING)
MESSAGE = CODEC.seal('{"allowed":false}', ACCOUNT, START)


def refused(message: str, account: str = ACCOUNT, *, after: timedelta = SECOND) -> str:
    """Returns the reason for which a message must be refused."""
    with pytest.raises(InvalidAuthorizationMessageError) as caught:
        CODEC.open(message, account, START + after)
    return caught.value.detail


def forged(plain: bytes, *, form: int = 1) -> str:
    """Returns a message of any content, sealed as ours are."""
    key = RING.current().current_sealing
    name = key.key_id.encode()
    nonce = bytes(12)
    head = bytes([form, len(name)]) + name + nonce
    additional = b"daypass-authorization-message\0" + ACCOUNT.encode() + b"\0" + head
    sealed = AESGCM(key.secret.reveal()).encrypt(nonce, plain, additional)
    return base64url.encode(head + sealed)


def seconds(count: int) -> bytes:
    """Returns an issue time that many seconds after the start, as it is written."""
    return (int(START.timestamp()) + count).to_bytes(8, "big")


def test_other_account_cannot_open() -> None:
    """A message of one account is as good as tampered with for another (C17)."""
    assert "authorization_message_not_ours" == refused(MESSAGE, OTHER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "AA",
        "AQ",
        "AQA",
        "!" * 40,
        MESSAGE[:-1],
        MESSAGE[:20],
        MESSAGE + "A",
        MESSAGE + "=",
        MESSAGE[:40] + "\n" + MESSAGE[40:],
        MESSAGE + "\n",
        " " + MESSAGE,
        MESSAGE + "é",
    ],
)
def test_malformed_is_refused(text: str) -> None:
    """What is cut, padded, broken into lines or no base64url does not open."""
    assert "authorization_message_not_ours" == refused(text)


def test_too_long_is_refused() -> None:
    """What is longer than any message is refused unread."""
    text = "A" * (limits.AUTHORIZATION_MESSAGE_CHARACTERS_MAX + 1)

    assert "authorization_message_not_ours" == refused(text)


@given(bit=st.integers(min_value=0, max_value=8 * len(MESSAGE) - 1))
def test_no_flipped_bit_opens(bit: int) -> None:
    """One bit of the text flipped, whichever, and the message is refused."""
    data = bytearray(MESSAGE.encode())
    data[bit // 8] ^= 1 << bit % 8

    assert "authorization_message_not_ours" == refused(data.decode("latin-1"))


@given(bit=st.integers(min_value=0))
def test_no_flipped_bit_inside_opens(bit: int) -> None:
    """One bit of what the text stands for flipped, and the message is refused."""
    data = bytearray(base64url.decode(MESSAGE))
    data[bit // 8 % len(data)] ^= 1 << bit % 8

    assert "authorization_message_not_ours" == refused(base64url.encode(bytes(data)))


@pytest.mark.parametrize("after", [RETENTION, RETENTION + SECOND, 24 * RETENTION])
def test_expires_with_retention(after: timedelta) -> None:
    """A message is refused when its denial would be forgotten, from that instant."""
    assert "authorization_message_expired" == refused(MESSAGE, after=after)


def test_opens_until_retention() -> None:
    """One second before that it opens."""
    assert '{"allowed":false}' == CODEC.open(
        MESSAGE, ACCOUNT, START + RETENTION - SECOND
    )


def test_future_is_refused() -> None:
    """A message from further in the future than clocks may differ is refused."""
    after = -limits.OWN_TOKEN_LEEWAY - SECOND

    assert "authorization_message_of_future" == refused(MESSAGE, after=after)


def test_slow_clock_is_borne() -> None:
    """A message opens on a replica whose clock is behind by the leeway."""
    now = START - limits.OWN_TOKEN_LEEWAY

    assert '{"allowed":false}' == CODEC.open(MESSAGE, ACCOUNT, now)


def test_other_ring_cannot_open() -> None:
    """A message of another deployment does not open."""
    other = codec_of(Held(new_ring(SeededEntropy(2), START)))

    with pytest.raises(InvalidAuthorizationMessageError):
        other.open(MESSAGE, ACCOUNT, START)


def test_retired_key_opens_nothing() -> None:
    """A message whose sealing key is retired does not open."""
    ring = new_ring(SeededEntropy(1), START)
    keys = tuple(replace(key, state=KeyState.RETIRED) for key in ring.sealing_keys)
    fresh = new_ring(SeededEntropy(9), START).sealing_keys
    later = replace(ring, version=2, sealing_keys=keys + fresh)

    with pytest.raises(InvalidAuthorizationMessageError):
        codec_of(Held(later)).open(MESSAGE, ACCOUNT, START)


def test_page_token_is_no_message() -> None:
    """What the same key seals for another purpose does not open."""
    pages = PageTokens(ring=RING, entropy=SeededEntropy(4))
    token = pages.seal("cursor", "ListSessions").partition(".")[2]

    assert "authorization_message_not_ours" == refused(token)


def test_bomb_is_not_unfolded() -> None:
    """A text that unfolds beyond the bound is refused, even if we had sealed it."""
    size = limits.AUTHORIZATION_MESSAGE_BYTES_MAX

    assert "authorization_message_not_ours" == refused(
        forged(seconds(0) + zlib.compress(b"a" * (size + 1)))
    )


def test_largest_text_opens() -> None:
    """A text of just the bound opens."""
    text = "a" * limits.AUTHORIZATION_MESSAGE_BYTES_MAX

    assert text == CODEC.open(CODEC.seal(text, ACCOUNT, START), ACCOUNT, START)


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        seconds(0),
        seconds(0) + b"not zlib",
        seconds(0) + zlib.compress(b"text")[:-1],
        seconds(0) + zlib.compress(b"text") + b"more",
        seconds(0) + zlib.compress(b"\xff"),
        b"\xff" * 8 + zlib.compress(b"text"),
    ],
)
def test_odd_content_is_refused(plain: bytes) -> None:
    """Content that no writer of ours makes is refused, and nothing breaks."""
    assert "authorization_message_not_ours" == refused(forged(plain))


def test_unknown_form_is_refused() -> None:
    """A form of a later version is refused."""
    plain = seconds(0) + zlib.compress(b"text")

    assert "authorization_message_not_ours" == refused(forged(plain, form=2))


@given(text=TEXT)
def test_round_trip(text: str) -> None:
    """Every text comes back as it was sealed."""
    assert text == CODEC.open(CODEC.seal(text, ACCOUNT, START), ACCOUNT, START)


def test_nonces_differ() -> None:
    """One text sealed twice makes two messages."""
    assert CODEC.seal("a", ACCOUNT, START) != CODEC.seal("a", ACCOUNT, START)
