"""The encoded authorization message: the ground of a denial, sealed for its account.

A message is base64url of these bytes:

| Bytes | What |
|---|---|
| 1 | the version of this form, 1 |
| 1 | the length of the sealing key's name, then the name |
| 12 | the nonce |
| rest | AES-256-GCM of the issue time and the text, and the tag of 16 bytes |

What is sealed is eight bytes of seconds since 1970, and zlib of the text in UTF-8.
GCM authenticates a purpose of its own, the head, and the account whose denial it
is: for everybody else the message is as if it had been tampered with.

SPEC: sts-operations 1.5; NIST SP 800-38D; attacks C17.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daypass.core import base64url, limits
from daypass.core.clock import from_epoch_seconds, to_epoch_seconds
from daypass.core.errors import InvalidAuthorizationMessageError
from daypass.core.ports import Entropy, Snapshot
from daypass.keyring.ring import Ring

# How this form evolves: a reader refuses every first byte that it does not know.
# Form 2 will have the first byte 2, and a reader of both before anything writes it.
_FORM: Final = 1
_NONCE_BYTES: Final = 12
_TIME_BYTES: Final = 8
_LEVEL: Final = 9
# No other value that a sealing key seals has additional data that begins so.
_PURPOSE: Final = b"daypass-authorization-message\0"


class AuthorizationMessageCodec:
    """Seals and opens authorization messages.

    Args:
        ring: the sealing keys.
        entropy: draws nonces.
        retention: how long a message opens.
    """

    def __init__(
        self, *, ring: Snapshot[Ring], entropy: Entropy, retention: timedelta
    ) -> None:
        self._ring = ring
        self._entropy = entropy
        self._retention = retention

    def seal(self, text: str, account_id: str, now: datetime) -> str:
        """Returns the message that only this account opens.

        Args:
            text: at most `AUTHORIZATION_MESSAGE_BYTES_MAX` bytes in UTF-8.
            account_id: the account of who was refused.
            now: the issue time; whole seconds are kept.
        """
        key = self._ring.current().current_sealing
        name = key.key_id.encode()
        nonce = self._entropy.token_bytes(_NONCE_BYTES)
        head = bytes([_FORM, len(name)]) + name + nonce
        issued = to_epoch_seconds(now).to_bytes(_TIME_BYTES, "big")
        sealed = AESGCM(key.secret.reveal()).encrypt(
            nonce,
            issued + zlib.compress(text.encode(), _LEVEL),
            _additional(head, account_id),
        )
        return base64url.encode(head + sealed)

    def open(self, message: str, account_id: str, now: datetime) -> str:
        """Returns the text of a message.

        Raises:
            InvalidAuthorizationMessageError: it is malformed, was tampered with, is
                another account's or another deployment's, or has expired.
        """
        issue_time, text = self._opened(message, account_id)
        age = now - issue_time
        if age >= self._retention:
            raise InvalidAuthorizationMessageError("authorization_message_expired")
        if age < -limits.OWN_TOKEN_LEEWAY:
            raise InvalidAuthorizationMessageError("authorization_message_of_future")
        return text

    def _opened(self, message: str, account_id: str) -> tuple[datetime, str]:
        if len(message) > limits.AUTHORIZATION_MESSAGE_CHARACTERS_MAX:
            raise _not_ours()
        try:
            head, key_id, sealed = _cut(base64url.decode(message))
            key = self._ring.current().sealing_key(key_id)
            if key is None:
                raise _not_ours()
            opened = AESGCM(key.secret.reveal()).decrypt(
                head[-_NONCE_BYTES:], sealed, _additional(head, account_id)
            )
            seconds = int.from_bytes(opened[:_TIME_BYTES], "big")
            return from_epoch_seconds(seconds), _unfolded(opened[_TIME_BYTES:])
        except (ValueError, InvalidTag, zlib.error, OverflowError) as error:
            raise _not_ours() from error


def _cut(data: bytes) -> tuple[bytes, str, bytes]:
    """Returns the head, the name of the sealing key, and what is sealed.

    Raises:
        ValueError: the data has no such parts.
    """
    head_bytes = 2 + (data[1] if len(data) > 1 else 0) + _NONCE_BYTES
    if len(data) <= head_bytes or data[0] != _FORM:
        raise ValueError("the data is not an authorization message")
    head = data[:head_bytes]
    return head, head[2:-_NONCE_BYTES].decode("ascii"), data[head_bytes:]


def _additional(head: bytes, account_id: str) -> bytes:
    return _PURPOSE + account_id.encode() + b"\0" + head


def _unfolded(packed: bytes) -> str:
    """Unfolds the text, and never more than a bound.

    Raises:
        ValueError: it is longer, or not one whole text.
    """
    reader = zlib.decompressobj()
    text = reader.decompress(packed, limits.AUTHORIZATION_MESSAGE_BYTES_MAX)
    if not reader.eof or reader.unused_data:
        raise ValueError("the text is too long, or not whole")
    return text.decode("utf-8", errors="strict")


def _not_ours() -> InvalidAuthorizationMessageError:
    return InvalidAuthorizationMessageError("authorization_message_not_ours")
