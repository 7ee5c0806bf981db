"""Chance, injected: what many clients do at once is spread, and calls are told apart."""

from __future__ import annotations

import secrets
from typing import Final

_PARTS: Final = 1 << 53


def random_share() -> float:
    """Returns a number from 0 up to, and without, 1."""
    return secrets.randbelow(_PARTS) / _PARTS


def random_id() -> str:
    """Returns a name that no other call has: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)
