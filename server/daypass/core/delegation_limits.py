"""Bounds of delegated access, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# sts-operations 1.8: a trade-in token is good for a day at the most. An hour is
# enough for whoever waits for it.
TRADE_IN_LIFETIME_MIN: Final = timedelta(minutes=1)
TRADE_IN_LIFETIME_DEFAULT: Final = timedelta(hours=1)
TRADE_IN_LIFETIME_MAX: Final = timedelta(hours=24)
# The session lasts as long as one of a role may.
DELEGATED_SESSION_MIN: Final = timedelta(seconds=900)
DELEGATED_SESSION_DEFAULT: Final = timedelta(seconds=3_600)
DELEGATED_SESSION_MAX: Final = timedelta(seconds=43_200)
# The facts of the approver come from a session token of 4,096 bytes, and the policies
# have 2,048 characters, all compressed.
TRADE_IN_TOKEN_CHARACTERS_MAX: Final = 16_384
# What it unfolds to: tags and policies as in a session token, less what packs them.
TRADE_IN_TOKEN_BYTES_MAX: Final = 65_536
