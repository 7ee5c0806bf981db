"""The form in which a ring rests: sealed whole under a master key.

| Bytes | What |
|---|---|
| 1 | the version of this form, 1 |
| 8 | the version of the ring, big-endian |
| 1 | the length of the ring's name, then the name in ASCII |
| 12 | the nonce |
| rest | AES-256-GCM of the ring as JSON, and the tag of 16 bytes |

All that stands before the sealed part is authenticated with it, so no part of one
file fits into another. The name and the version stand inside as well, and must
agree with those outside.

SPEC: NIST SP 800-38D; design 7; attacks J57.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daypass.core.limits import KEYRING_FILE_BYTES_MAX, MASTER_KEY_BYTES
from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.keyring.errors import RingCorruptError
from daypass.keyring.ring import Ring
from daypass.keyring.ring_json import decode_ring, encode_ring

# How this form evolves: a reader refuses every first byte that it does not know,
# and form 1 never gains a member. Form 2 will have the first byte 2; its reader is
# released, and takes both, one version before anything writes form 2. Thus a
# deployment that is rolled back by one version can still read its ring.
_FORM: Final = 1
_VERSION_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = 1 + _VERSION_BYTES + 1
# What GCM authenticates begins with this, so that whatever else a master key may
# seal one day is no ring.
_PURPOSE: Final = b"daypass-ring\0"


def seal_ring(ring: Ring, master_key: Secret, entropy: Entropy) -> bytes:
    """Seals a ring.

    Args:
        ring: the ring.
        master_key: 32 bytes.
        entropy: gives the nonce, which must never come twice.
    """
    name = ring.ring_id.encode("ascii")
    version = ring.version.to_bytes(_VERSION_BYTES, "big")
    nonce = entropy.token_bytes(_NONCE_BYTES)
    head = bytes([_FORM]) + version + bytes([len(name)]) + name + nonce
    cipher = _cipher(master_key)
    return head + cipher.encrypt(nonce, encode_ring(ring), _PURPOSE + head)


def open_ring(blob: bytes, master_key: Secret) -> Ring:
    """Opens a sealed ring.

    Raises:
        RingCorruptError: it is malformed, was tampered with, or was sealed under
            another master key.
    """
    cipher = _cipher(master_key)
    if not _HEAD_BYTES < len(blob) <= KEYRING_FILE_BYTES_MAX or blob[0] != _FORM:
        raise RingCorruptError
    head_bytes = _HEAD_BYTES + blob[_HEAD_BYTES - 1] + _NONCE_BYTES
    head, sealed = blob[:head_bytes], blob[head_bytes:]
    try:
        text = cipher.decrypt(head[-_NONCE_BYTES:], sealed, _PURPOSE + head)
        ring = decode_ring(text)
    except (InvalidTag, ValueError) as error:
        raise RingCorruptError from error
    if _outside(head) != (ring.version, ring.ring_id.encode("ascii")):
        raise RingCorruptError
    return ring


def _cipher(master_key: Secret) -> AESGCM:
    # NOTE: the library would take 16 and 24 bytes as well.
    if len(master_key.reveal()) != MASTER_KEY_BYTES:
        message = "a master key has 32 bytes"
        raise ValueError(message)
    return AESGCM(master_key.reveal())


def _outside(head: bytes) -> tuple[int, bytes]:
    version = int.from_bytes(head[1 : 1 + _VERSION_BYTES], "big")
    return version, head[_HEAD_BYTES:-_NONCE_BYTES]
