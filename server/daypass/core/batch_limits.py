"""Bounds of how calls that ask for many things share a worker with others.

SPEC: speed 6 (end).
"""

from __future__ import annotations

from typing import Final

# After so many mints a batch lets whoever else is ready go first, before they are
# stored and after. A mint takes some 0.3 ms on the event loop, half of it on either
# side, so that a batch of 256 holds up nobody for long.
MINTS_A_TURN_MAX: Final = 8
# The same of verifications, of which one that is not remembered takes some 0.1 ms.
VERIFICATIONS_A_TURN_MAX: Final = 16
