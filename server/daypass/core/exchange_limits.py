"""The bounds of token exchange, each with its reason.

A part of `limits`, with the same rules. `spec` is the operations specification,
section 6.1 unless another is named; `attacks` is the catalogue of attacks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# What a subject or actor token may be: the longest that any reader here takes.
PRESENTED_TOKEN_CHARACTERS_MAX: Final = 20_000
# spec: bound the depth. The customer, and three services that pass a call on.
ACTORS_MAX: Final = 4
# Tokens and sessions that one was made of, so that revoking any of them ends it:
# sixteen hops of role chaining, and as many exchanges. They take some 800 bytes.
LINEAGE_MAX: Final = 32
# Whose sessions and tokens those are, each once.
LINEAGE_PRINCIPALS_MAX: Final = 32
# A call has one target, and seldom two; a token has room for few.
TARGETS_MAX: Final = 10
# SPEC: 0.4: one audience of GetWebIdentityToken has up to 1,000 characters; ten of
# those would not fit into a token.
TARGET_CHARACTERS_MAX: Final = 255
# What one token may grant, and one policy of the directory may list.
SCOPES_MAX: Final = 50
SCOPE_CHARACTERS_MAX: Final = 128
TOKEN_TYPE_CHARACTERS_MAX: Final = 128
# What the directory may say a token lives, and what it lives where it says nothing.
# No session lives longer than twelve hours either.
EXCHANGED_LIFETIME_MIN: Final = timedelta(minutes=1)
EXCHANGED_LIFETIME_DEFAULT: Final = timedelta(minutes=15)
EXCHANGED_LIFETIME_MAX: Final = timedelta(hours=12)
# attacks C09: 128 bits of randomness name a token.
TOKEN_ID_BYTES: Final = 16
# The issuer stands in every token, and paths of ours are put behind it.
ISSUER_BASE_CHARACTERS_MAX: Final = 200
