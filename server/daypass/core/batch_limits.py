"""Bounds of how calls that ask for many things share a worker with others.

SPEC: speed 6 (end).
"""

from __future__ import annotations

from typing import Final

# After so many mints a batch lets whoever else is ready go first. One takes 0.05 ms on
# the event loop where it is remembered, and up to 0.15 where it is decided.
MINTS_A_TURN_MAX: Final = 16
# The same of what remains when they are stored: an answer or a record takes some 3 µs.
ANSWERS_A_TURN_MAX: Final = 64
# The same of verifications, of which one that is not remembered takes some 0.1 ms.
VERIFICATIONS_A_TURN_MAX: Final = 16
