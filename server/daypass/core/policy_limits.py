"""Bounds of what is remembered of policies, each with its reason.

Nothing here changes what a policy means: what is remembered is made of the texts that
it is remembered by, and of nothing else.
"""

from __future__ import annotations

from typing import Final

# Lists of actions that are compiled once: those of a directory are mostly a few
# hundred, and session policies bring others, of 2 KiB at the most.
ACTION_SETS_KEPT_MAX: Final = 1_024
# Operators with their set operators and suffixes: there are not 200.
OPERATOR_NAMES_KEPT_MAX: Final = 256
# Principals that trust policies name: a directory names the same ones again and again.
PRINCIPALS_KEPT_MAX: Final = 4_096
