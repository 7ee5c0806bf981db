"""The bounds of the OAuth endpoints, each with its reason.

A part of `limits`, with the same rules. `spec` is the operations specification,
section 6; `attacks` is the catalogue of attacks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# The session of a role that a client acts in bears the client's name (spec 0.4).
CLIENT_ID_CHARACTERS_MIN: Final = 2
CLIENT_ID_CHARACTERS_MAX: Final = 64
# SPEC: RFC 6749 section 10.10: guessing one must be hopeless. Thirty-two characters
# of base64 are 192 bits.
CLIENT_SECRET_CHARACTERS_MIN: Final = 32
# A longer one is not looked at, whoever sends it.
CLIENT_SECRET_CHARACTERS_MAX: Final = 255
# Keys of one client: two for a rotation, and some for its machines.
CLIENT_KEYS_MAX: Final = 10

# An assertion has six claims. PS512 with a long key takes 1 KiB.
ASSERTION_CHARACTERS_MAX: Final = 8_192
# spec 6.5: "exp required and short". Common libraries say an hour and cannot be told
# otherwise; what counts is that none is taken for longer than the next bound.
ASSERTION_LIFETIME_MAX: Final = timedelta(hours=1)
# spec 6.5: "iat not old". Without `iat` an assertion ends this soon.
ASSERTION_AGE_MAX: Final = timedelta(minutes=5)
# How far the clocks of clients may be off, either way.
ASSERTION_CLOCK_SKEW_MAX: Final = timedelta(seconds=30)
ASSERTION_ID_CHARACTERS_MAX: Final = 255

# Secrets that are declared by their hash: scrypt with N = 2^14, r = 8, p = 1 (RFC
# 7914) takes 16 MiB and some 40 ms of one thread.
SCRYPT_COST_LOG2: Final = 14
SCRYPT_BLOCK_SIZE: Final = 8
SCRYPT_PARALLELISM: Final = 1
SCRYPT_SALT_BYTES: Final = 16
SCRYPT_HASH_BYTES: Final = 32
# Hashes that one worker makes at once, and those that wait for that: what comes
# beyond is told to come again, after half a second of waiting at most.
SECRET_HASHES_AT_ONCE: Final = 1
SECRET_HASHES_WAITING_MAX: Final = 12
# Secrets that were right lately and are not hashed again, about 200 bytes each.
SECRETS_REMEMBERED_MAX: Final = 10_000

# A pair of a name and a value of `Authorization: Basic`, percent-encoded and in
# base64: three times the longest name and secret, and a third.
BASIC_CHARACTERS_MAX: Final = 2_048
