"""Trade-in tokens: an approval, sealed for whoever is to trade it in.

A token is base64url of these bytes:

| Bytes | What |
|---|---|
| 1 | the version of this form, 1 |
| 1 | the length of the sealing key's name, then the name |
| 12 | the nonce |
| rest | AES-256-GCM of zlib of a JSON object, and the tag of 16 bytes |

GCM authenticates a purpose of its own and the head. The object has these members:

| Member | What |
|---|---|
| `id` | names the approval |
| `to` | the account that may trade it in |
| `until` | until when, in seconds since 1970 |
| `session` | the session to issue, as the claims of its token, from the approval on |

It stands for an approval and is as secret as one: nothing of it is in any record.

SPEC: sts-operations 1.8; NIST SP 800-38D.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daypass.core import base64url
from daypass.core import delegation_limits as limits
from daypass.core.clock import to_epoch_seconds
from daypass.core.errors import ValidationError
from daypass.core.ports import Entropy, Snapshot
from daypass.core.secret import Secret
from daypass.core.session import Session, SessionKind
from daypass.core.strict_json import loads_object
from daypass.keyring.ring import Ring
from daypass.tokens.claims import VerifiedClaims
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.packing import pack
from daypass.tokens.session_claims import decode_claims, encode_claims

# How this form evolves: a reader refuses every first byte that it does not know.
# Form 2 will have the first byte 2, and a reader of both before anything writes it.
_FORM: Final = 1
_NONCE_BYTES: Final = 12
_LEVEL: Final = 9
# No other value that a sealing key seals has additional data that begins so.
_PURPOSE: Final = b"daypass-trade-in-token\0"


@dataclass(frozen=True, slots=True)
class Approval:
    """What somebody has approved.

    Attributes:
        delegation_id: names it.
        partner_account_id: the account that may trade it in.
        expire_time: until when, in whole seconds.
        session: the session to issue as if it began with the approval: whose it is,
            what it comes from, and what it may do. Its access key is still to be
            drawn.
    """

    delegation_id: str
    partner_account_id: str
    expire_time: datetime
    session: Session

    @property
    def duration(self) -> timedelta:
        """How long the credentials last."""
        return self.session.expire_time - self.session.issue_time


class TradeInTokens:
    """Seals and opens trade-in tokens.

    Args:
        ring: the sealing keys.
        entropy: draws nonces.
    """

    def __init__(self, *, ring: Snapshot[Ring], entropy: Entropy) -> None:
        self._ring = ring
        self._entropy = entropy

    def seal(self, approval: Approval) -> Secret:
        """Returns the token of an approval.

        Raises:
            PackedPolicyTooLargeError: no session token has room for its policies.
        """
        ring = self._ring.current()
        text = zlib.compress(_encode(approval, ring.ring_id), _LEVEL)
        key = ring.current_sealing
        name = key.key_id.encode()
        nonce = self._entropy.token_bytes(_NONCE_BYTES)
        head = bytes([_FORM, len(name)]) + name + nonce
        cipher = AESGCM(key.secret.reveal())
        sealed = cipher.encrypt(nonce, text, _PURPOSE + head)
        return Secret(base64url.encode(head + sealed))

    def open(self, token: Secret) -> Approval:
        """Returns the approval of a token, whatever has become of it since.

        Raises:
            ValidationError: it is malformed, was tampered with, or is another
                deployment's.
        """
        ring = self._ring.current()
        try:
            return _decode(_opened(token.reveal_text(), ring), ring.ring_id)
        except (ValueError, InvalidTag, zlib.error, OverflowError) as error:
            raise _not_ours() from error
        except TokenRefusedError as error:
            raise _not_ours() from error


def digest_of(token: Secret) -> str:
    """Returns the name under which a token that was opened is known as used."""
    return hashlib.sha256(token.reveal()).hexdigest()


def _encode(approval: Approval, ring_id: str) -> bytes:
    session = approval.session
    packed = pack(session)
    claims = encode_claims(
        session, ring_id=ring_id, packed=packed.text if packed else None
    )
    members = {
        "id": approval.delegation_id,
        "to": approval.partner_account_id,
        "until": to_epoch_seconds(approval.expire_time),
        "session": json.loads(claims),
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def _decode(text: bytes, ring_id: str) -> Approval:
    members = loads_object(text, size_max=limits.TRADE_IN_TOKEN_BYTES_MAX)
    claims = members.pop("session", None)
    if not isinstance(claims, dict):
        raise TokenRefusedError("claim_malformed")
    session = decode_claims(VerifiedClaims(claims), ring_id=ring_id)
    if session.kind is not SessionKind.DELEGATED:
        raise TokenRefusedError("kind_unknown")
    taken = VerifiedClaims(members)
    approval = Approval(
        delegation_id=taken.text("id"),
        partner_account_id=taken.text("to"),
        expire_time=taken.instant("until"),
        session=session,
    )
    taken.check_all_taken()
    return approval


def _opened(token: str, ring: Ring) -> bytes:
    """Returns the text that is sealed in a token.

    Raises:
        ValueError: there is none.
        InvalidTag: it was not sealed so by this ring.
    """
    data = base64url.decode(token)
    head_bytes = 2 + (data[1] if len(data) > 1 else 0) + _NONCE_BYTES
    if len(data) <= head_bytes or data[0] != _FORM:
        raise ValueError("the data is not a trade-in token")
    head, sealed = data[:head_bytes], data[head_bytes:]
    key = ring.sealing_key(head[2:-_NONCE_BYTES].decode("ascii"))
    if key is None:
        raise ValueError("the ring has no such sealing key")
    cipher = AESGCM(key.secret.reveal())
    packed = cipher.decrypt(head[-_NONCE_BYTES:], sealed, _PURPOSE + head)
    reader = zlib.decompressobj()
    text = reader.decompress(packed, limits.TRADE_IN_TOKEN_BYTES_MAX)
    if not reader.eof or reader.unused_data:
        raise ValueError("the text is too long, or not whole")
    return text


def _not_ours() -> ValidationError:
    return ValidationError(
        "trade_in_token_not_ours", message="The trade-in token is not valid"
    )
