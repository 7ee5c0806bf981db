"""Bounds of role chaining, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# A chain carries the access key ids of its ancestors, so that revoking one ends
# all that came of it; sixteen take about 450 bytes of the token.
CHAIN_DEPTH_MAX: Final = 16
# attacks C02: what an operator may set for a whole chain. A chained session lasts an
# hour by default, and what two weeks are too short for is no temporary access.
CHAIN_LIFETIME_MIN: Final = timedelta(hours=1)
CHAIN_LIFETIME_MAX: Final = timedelta(days=14)
