"""Reads the answers about keys, and the messages of the two streams, into values."""

from __future__ import annotations

from datetime import datetime

from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client.answers import public_keys, read_time
from daypass_client.key_values import (
    KeyRevocation,
    KeyRotation,
    KeySetNews,
    RevocationEntry,
    RevocationNews,
    RingKey,
    RingPage,
)
from daypass_client.values import KeySet


def ring_page(data: bytes) -> RingPage:
    """Reads the answer of `ListKeys`."""
    answer = keyring.ListKeysResponse.FromString(data)
    step = read_time(answer.next_step_time)
    return RingPage(
        keys=_ring_keys(answer.keys),
        next_page_token=answer.next_page_token,
        version=answer.version,
        next_step_time=step if answer.HasField("next_step_time") else None,
    )


def key_rotation(data: bytes) -> KeyRotation:
    """Reads the answer of `RotateKeys`."""
    answer = keyring.RotateKeysResponse.FromString(data)
    ready: datetime | None = None
    if answer.HasField("ready_time"):
        ready = read_time(answer.ready_time)
    return KeyRotation(_ring_keys(answer.keys), ready, answer.version)


def key_revocation(data: bytes) -> KeyRevocation:
    """Reads the answer of `RevokeKey`."""
    answer = keyring.RevokeKeyResponse.FromString(data)
    return KeyRevocation(answer.sequence, answer.effective_everywhere, answer.known)


def key_set_news(data: bytes) -> KeySetNews:
    """Reads a message of `WatchKeySet`."""
    message = keyring.WatchKeySetResponse.FromString(data)
    key_set = KeySet(public_keys(message.keys), message.max_age.ToTimedelta())
    return KeySetNews(key_set, message.version)


def revocation_news(data: bytes) -> RevocationNews:
    """Reads a message of `WatchRevocations`.

    Raises:
        ValueError: it names no log, or a revocation names nothing.
    """
    message = sessions.WatchRevocationsResponse.FromString(data)
    if not message.log_id or message.sequence < 0:
        raise ValueError("the message names no place in a log")
    return RevocationNews(
        log_id=message.log_id,
        sequence=message.sequence,
        restart=message.restart,
        revocations=tuple(_entry(entry) for entry in message.revocations),
        complete=message.complete,
        staleness=message.staleness.ToTimedelta(),
    )


def _ring_keys(messages: object) -> tuple[RingKey, ...]:
    return tuple(
        RingKey(
            key_id=key.key_id,
            purpose=_word(keyring.KeyPurpose, key.purpose, "KEY_PURPOSE_"),
            algorithm=key.algorithm,
            state=_word(keyring.Key.State, key.state, "STATE_"),
            state_time=read_time(key.state_time),
        )
        for key in messages  # type: ignore[attr-defined]
    )


def _entry(message: sessions.Revocation) -> RevocationEntry:
    if not message.subject:
        raise ValueError("a revocation names nothing")
    return RevocationEntry(
        sequence=message.sequence,
        scope=_word(sessions.Revocation.Scope, message.scope, "SCOPE_"),
        subject=message.subject,
        keep_time=read_time(message.keep_time),
    )


def _word(enum: object, number: int, prefix: str) -> str:
    """Returns the word of a value; one of a newer server is told by its number."""
    try:
        name: str = enum.Name(number)  # type: ignore[attr-defined]
    except ValueError:
        name = str(number)
    return name.removeprefix(prefix).lower()
