"""The operations about keys, and the two streams: what each sends."""

from __future__ import annotations

from typing import Final

from daypass_client import key_answers, limits
from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client.key_values import (
    KeyPurpose,
    KeyRevocation,
    KeyRotation,
    KeySetNews,
    RevocationNews,
    RingPage,
)
from daypass_client.operations import Operation
from daypass_client.retries import Repetition

_KEYRING: Final = "/daypass.api.keyring.v1.KeyringService"
_SESSIONS: Final = "/daypass.api.session.v1.SessionService"
_PURPOSES: Final = {
    KeyPurpose.SIGNING: keyring.KEY_PURPOSE_SIGNING,
    KeyPurpose.DERIVATION: keyring.KEY_PURPOSE_DERIVATION,
    KeyPurpose.SEALING: keyring.KEY_PURPOSE_SEALING,
}


def list_keys(*, page_token: str = "") -> Operation[RingPage]:
    """Asks for a page of the ring's keys."""
    request = keyring.ListKeysRequest(
        page_size=limits.PAGE_SIZE_MAX, page_token=page_token
    )
    return Operation(
        f"{_KEYRING}/ListKeys", request.SerializeToString(), key_answers.ring_page
    )


def rotate_keys(
    purpose: KeyPurpose, *, algorithm: str, emergency: bool, reason: str
) -> Operation[KeyRotation]:
    """Asks for the next key of a kind.

    It is not repeated: where the answer is lost, the step may have been taken, and
    another one would be the next.

    Raises:
        ValueError: a signing key is asked for without its algorithm, or another one
            with one.
    """
    if (purpose is KeyPurpose.SIGNING) != bool(algorithm):
        raise ValueError("signing keys, and no others, have an algorithm")
    request = keyring.RotateKeysRequest(
        purpose=_PURPOSES[purpose],
        algorithm=algorithm,
        emergency=emergency,
        reason=reason,
    )
    return Operation(
        f"{_KEYRING}/RotateKeys",
        request.SerializeToString(),
        key_answers.key_rotation,
        repetition=Repetition.NONE,
    )


def revoke_key(key_id: str, *, reason: str) -> Operation[KeyRevocation]:
    """Asks to put a key out of use."""
    request = keyring.RevokeKeyRequest(key_id=key_id, reason=reason)
    return Operation(
        f"{_KEYRING}/RevokeKey", request.SerializeToString(), key_answers.key_revocation
    )


def watch_key_set() -> Operation[KeySetNews]:
    """Follows the key set; each message is an answer."""
    request = keyring.WatchKeySetRequest()
    return Operation(
        f"{_KEYRING}/WatchKeySet", request.SerializeToString(), key_answers.key_set_news
    )


def watch_revocations(*, log_id: str, sequence: int) -> Operation[RevocationNews]:
    """Follows the revocations behind a place in a log; each message is an answer.

    Raises:
        ValueError: the place is none.
    """
    if sequence < 0:
        raise ValueError("a place in a log is not negative")
    request = sessions.WatchRevocationsRequest(log_id=log_id, sequence=sequence)
    return Operation(
        f"{_SESSIONS}/WatchRevocations",
        request.SerializeToString(),
        key_answers.revocation_news,
    )
