"""Page tokens: opaque, sealed, bound to the list that they continue.

A token is `<key id>.<base64url of nonce and ciphertext>`, AES-256-GCM under a
sealing key of the ring, with the list's own description as additional data. It
grants nothing: the caller is authorized anew for each page.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daypass.core import base64url, limits
from daypass.core.errors import ValidationError
from daypass.core.ports import Entropy, Snapshot
from daypass.keyring.ring import Ring

_NONCE_BYTES: Final = 12


class PageTokens:
    """Seals and opens page tokens.

    Args:
        ring: the sealing keys.
        entropy: draws nonces.
    """

    def __init__(self, *, ring: Snapshot[Ring], entropy: Entropy) -> None:
        self._ring = ring
        self._entropy = entropy

    def seal(self, cursor: str | None, context: str) -> str:
        """Returns the token that continues at a cursor; empty at the end."""
        if cursor is None:
            return ""
        key = self._ring.current().current_sealing
        nonce = self._entropy.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(key.secret.reveal()).encrypt(
            nonce, cursor.encode(), context.encode()
        )
        return f"{key.key_id}.{base64url.encode(nonce + sealed)}"

    def open(self, token: str, context: str) -> str | None:
        """Returns the cursor of a token, or None for the first page.

        Raises:
            ValidationError: the token is not one of this list's.
        """
        if not token:
            return None
        key_id, _, text = token.partition(".")
        key = self._ring.current().sealing_key(key_id)
        if key is None or len(token) > limits.TOKEN_BYTES_MAX:
            raise _refusal()
        try:
            sealed = base64url.decode(text)
            cursor = AESGCM(key.secret.reveal()).decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode()
            )
        except (ValueError, InvalidTag) as error:
            raise _refusal() from error
        return cursor.decode()


def _refusal() -> ValidationError:
    return ValidationError(
        "page_token_not_ours", message="The page token does not continue this list"
    )
