"""Why a token is not good, whatever its kind."""

from __future__ import annotations

from enum import Enum, auto


class Verdict(Enum):
    """Why a token is not good, in the order in which faults are looked for."""

    MALFORMED = auto()
    UNKNOWN_KEY = auto()
    UNTRUSTED = auto()
    NOT_YET_VALID = auto()
    EXPIRED = auto()
    REVOKED = auto()
    PRINCIPAL_GONE = auto()
