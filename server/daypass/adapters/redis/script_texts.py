"""Every script of ours by the digest by which it is called."""

from __future__ import annotations

from typing import Final

from daypass.adapters.redis.guard_scripts import SWAP
from daypass.adapters.redis.keyring_scripts import (
    REPLACE,
    REPORT_RING,
    RING_REPORTS,
)
from daypass.adapters.redis.revocation_scripts import (
    APPEND,
    APPLIED,
    BEGIN_LOG,
    READ,
    REPORT,
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
