"""Every script of ours by the digest by which it is called."""

from __future__ import annotations

from typing import Final

from daypass.adapters.redis.scripts import (
    APPEND,
    APPLIED,
    BEGIN_LOG,
    READ,
    REPLACE,
    REPORT,
    REPORT_RING,
    RING_REPORTS,
    SWAP,
)
from daypass.adapters.redis.session_scripts import DISCARD, PLACE, SHARE

_TEXTS: Final = {
    each.digest: each.text
    for each in (
        DISCARD,
        SHARE,
        PLACE,
        BEGIN_LOG,
        APPEND,
        READ,
        REPORT,
        APPLIED,
        SWAP,
        REPLACE,
        REPORT_RING,
        RING_REPORTS,
    )
}


def text_of(digest: str) -> str:
    """Returns the text of a script of ours by its digest."""
    return _TEXTS[digest]
