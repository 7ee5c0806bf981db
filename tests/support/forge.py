"""Makes tokens that our own code never makes, for tests of their refusal."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import pytest

from daypass.core.errors import InvalidClientTokenIdError
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind
from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass.tokens.session_token import SessionTokenVerifier
from support.world import START

T = TypeVar("T")

SESSION_TYPE = "daypass-session+jwt"


class Held(Generic[T]):
    """A snapshot that a test replaces at will."""

    def __init__(self, value: T) -> None:
        self.value = value

    def current(self) -> T:
        """Returns the value that is held now."""
        return self.value


def role_session(ring: Ring, **changes: object) -> Session:
    """Returns a session of a role for an hour from the start of the world."""
    session = Session(
        kind=SessionKind.ROLE,
        access_key_id="ASIA" + "Q" * 16,
        account_id="123456789012",
        principal_id="AROA" + "R" * 17,
        session_name="alice",
        issue_time=START,
        expire_time=START + timedelta(hours=1),
        epoch=Epoch("log-1", 7),
        derivation_key_id=ring.current_derivation.key_id,
        origin_id="AIDA" + "U" * 17,
    )
    return replace(session, **changes)  # type: ignore[arg-type]


def b64(value: bytes | str) -> str:
    """Encodes a part of a token."""
    raw = value.encode() if isinstance(value, str) else value
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def b64_decode(text: str) -> bytes:
    """Decodes a part of a token."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def header_of(key: SigningKey, token_type: str = SESSION_TYPE) -> dict[str, object]:
    """Returns the header that a token of this key has."""
    return {"alg": key.algorithm.value, "kid": key.kid, "typ": token_type}


def forge(
    header: Mapping[str, object] | str | bytes,
    payload: Mapping[str, object] | str | bytes,
    key: SigningKey,
) -> str:
    """Signs whatever it is given: the key is real, what it signs need not be."""
    parts = [
        b64(json.dumps(part) if isinstance(part, Mapping) else part)
        for part in (header, payload)
    ]
    signing_input = ".".join(parts)
    return f"{signing_input}.{b64(key.sign(signing_input.encode()))}"


def claims_of(token: str) -> dict[str, object]:
    """Returns the claims of a token without looking at its signature."""
    claims = json.loads(b64_decode(token.split(".")[1]))
    assert isinstance(claims, dict)
    return claims


def refusal(verifier: SessionTokenVerifier, token: str, now: datetime = START) -> str:
    """Returns why a token is refused, or fails where it is taken.

    Whatever the reason, the caller sees the one fixed message.
    """
    with pytest.raises(InvalidClientTokenIdError) as caught:
        verifier.verify(token, now)
    assert InvalidClientTokenIdError.row.message == caught.value.message
    return caught.value.detail.removeprefix("session_token_")
