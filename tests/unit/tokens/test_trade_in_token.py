"""A trade-in token opens only whole, here, and as what it is.

SPEC: sts-operations 1.8; NIST SP 800-38D.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import base64url
from daypass.core.errors import PackedPolicyTooLargeError, ValidationError
from daypass.core.secret import Secret
from daypass.core.session import SessionKind, SessionPolicies
from daypass.keyring.generate import new_ring, new_ring_secret
from daypass.keyring.key import KeyState
from daypass.tokens.authorization_message import AuthorizationMessageCodec
from daypass.tokens.session_claims import encode_claims
from daypass.tokens.trade_in_token import Approval, TradeInTokens, digest_of
from support.forge import Held, role_session
from support.world import START, SeededEntropy

RING = new_ring(SeededEntropy(), START)
TOKENS = TradeInTokens(ring=Held(RING), entropy=SeededEntropy(1))
APPROVAL = Approval(
    delegation_id="d1",
    partner_account_id="222233334444",
    expire_time=START + timedelta(hours=1),
    session=role_session(
        RING,
        kind=SessionKind.DELEGATED,
        access_key_id="",
        derivation_key_id="",
        tags={"Team": "\u00e4"},
        source_identity="ann",
        ancestors=("ASIA" + "Q" * 16,),
        policies=SessionPolicies('{"x":1}', ("arn:aws:iam::aws:policy/P",)),
    ),
)
TOKEN = TOKENS.seal(APPROVAL)


def _refused(token: str, tokens: TradeInTokens = TOKENS) -> None:
    with pytest.raises(ValidationError) as caught:
        tokens.open(Secret(token))
    assert "trade_in_token_not_ours" == caught.value.detail


def _forged(text: bytes, purpose: bytes = b"daypass-trade-in-token\0") -> str:
    """Seals any text as an owner of the ring could."""
    key = RING.current_sealing
    name = key.key_id.encode()
    head = bytes([1, len(name)]) + name + b"n" * 12
    cipher = AESGCM(key.secret.reveal())
    return base64url.encode(head + cipher.encrypt(b"n" * 12, text, purpose + head))


def _members(**changes: Any) -> bytes:
    claims = json.loads(
        encode_claims(APPROVAL.session, ring_id=RING.ring_id, packed=None)
    )
    members = {"id": "d1", "to": "222233334444", "until": 1, "session": claims}
    members |= changes
    kept = {name: value for name, value in members.items() if value is not None}
    return zlib.compress(json.dumps(kept).encode())


@given(position=st.integers(0, len(TOKEN.reveal()) - 1), bit=st.integers(0, 6))
def test_flipped_bit_refused(position: int, bit: int) -> None:
    """A token with any one bit changed is refused, in base64 or in what it stands for."""
    changed = bytearray(TOKEN.reveal())
    changed[position] ^= 1 << bit

    _refused(changed.decode("ascii"))


@given(size=st.integers(0, len(TOKEN.reveal()) - 1))
def test_cut_token_refused(size: int) -> None:
    """A token that was cut off anywhere is refused."""
    _refused(TOKEN.reveal_text()[:size])


@given(text=st.text(max_size=80) | st.binary(max_size=80).map(base64url.encode))
def test_noise_refused(text: str) -> None:
    """Noise is no token, whatever it is made of."""
    _refused(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        zlib.compress(b"[]"),
        zlib.compress(b"{}"),
        zlib.compress(b'{"id":1,"id":2}'),
        zlib.compress(b"{}") + b"x",
        zlib.compress(b" " * 70_000),
        _members(session=1),
        _members(id=1),
        _members(to=None),
        _members(until=None),
        _members(until=-1),
        _members(more=1),
    ],
)
def test_malformed_inside_refused(text: bytes) -> None:
    """What is sealed correctly and is no approval is refused all the same."""
    _refused(_forged(text))


@pytest.mark.parametrize(
    "change", [{"kind": "role"}, {"iss": "another"}, {"ver": 2}, {"more": 1}]
)
def test_other_session_inside_refused(change: dict[str, Any]) -> None:
    """What is approved is a delegated session of this deployment and nothing else."""
    claims = json.loads(
        encode_claims(APPROVAL.session, ring_id=RING.ring_id, packed=None)
    )

    _refused(_forged(_members(session=claims | change)))
    TOKENS.open(Secret(_forged(_members(session=claims))))


def test_other_purpose_refused() -> None:
    """What the same key has sealed for something else is no token."""
    messages = AuthorizationMessageCodec(
        ring=Held(RING), entropy=SeededEntropy(2), retention=timedelta(hours=1)
    )

    _refused(messages.seal("{}", "222233334444", START))
    _refused(_forged(_members(), b"daypass-authorization-message\0"))


def test_unknown_form_refused() -> None:
    """A form of a later release is refused."""
    data = bytes([2]) + base64url.decode(TOKEN.reveal_text())[1:]

    _refused(base64url.encode(data))


def test_gone_key_refused() -> None:
    """A token whose sealing key is retired is refused, one that retires is not."""
    fresh = new_ring_secret(SeededEntropy(3), START, state=KeyState.ACTIVE)
    for state in (KeyState.RETIRED, KeyState.PREPARED):
        old = replace(RING.sealing_keys[0], state=state)
        gone = replace(RING, version=2, sealing_keys=(old, fresh))
        _refused(
            TOKEN.reveal_text(),
            TradeInTokens(ring=Held(gone), entropy=SeededEntropy()),
        )
    old = replace(RING.sealing_keys[0], state=KeyState.RETIRING)
    kept = replace(RING, version=2, sealing_keys=(old, fresh))

    found = TradeInTokens(ring=Held(kept), entropy=SeededEntropy()).open(TOKEN)
    assert APPROVAL == found


def test_round_trip() -> None:
    """An approval comes out as it went in."""
    found = TOKENS.open(TOKENS.seal(APPROVAL))

    assert APPROVAL == found
    assert timedelta(hours=1) == found.duration


def test_approval_without_policies() -> None:
    """A session without policies and tags is sealed, too; who issues it refuses it."""
    bare = replace(APPROVAL.session, tags={}, policies=SessionPolicies())
    approval = replace(APPROVAL, session=bare)

    assert approval == TOKENS.open(TOKENS.seal(approval))


def test_policies_without_room_refused() -> None:
    """Policies that no session token has room for are refused when they are approved."""
    noise = "".join(chr(33 + number * 7_919 % 90) for number in range(2_048))
    session = replace(
        APPROVAL.session,
        tags={f"k{n}": noise[n * 40 : n * 40 + 256] + str(n * n) for n in range(50)},
        policies=SessionPolicies(
            "".join(f"{number * 104_729 % 1_299_709:x}" for number in range(400))
        ),
    )

    with pytest.raises(PackedPolicyTooLargeError):
        TOKENS.seal(replace(APPROVAL, session=session))


def test_two_tokens_differ() -> None:
    """Each sealing draws a nonce, and each token has a digest of its own."""
    other = TOKENS.seal(APPROVAL)

    assert TOKEN.reveal() != other.reveal()
    assert digest_of(TOKEN) != digest_of(other)
    assert digest_of(TOKEN) == digest_of(Secret(TOKEN.reveal()))


def test_token_does_not_print() -> None:
    """The text form of a token holds nothing of it."""
    assert TOKEN.reveal_text() not in repr(TOKEN)
