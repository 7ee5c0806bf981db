"""Bounds of what is kept so that something happens once, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# attacks R09: a jump of the store's clock must not let a code or an assertion be
# used again, so that its key outlives it by this.
GUARD_KEPT_AFTER_EXPIRY: Final = timedelta(days=1)
# A counter with its times, or the name of a session.
GUARD_VALUE_BYTES_MAX: Final = 1_024
# The embedded store holds no more than this, about 200 bytes each; then it refuses.
MEMORY_GUARDS_MAX: Final = 100_000
