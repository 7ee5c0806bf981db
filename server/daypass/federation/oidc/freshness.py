"""How long a fetched key set is good, as its provider says and within our bounds.

SPEC: RFC 9111 sections 4.2.1 and 5.2.2, of which `max-age`, `no-cache` and
`no-store` are read; attacks O27. `Expires` and `Age` are not.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from daypass.core import provider_limits as limits

_MAX_AGE: Final = re.compile(r"max-age=\"?([0-9]++)\"?", re.ASCII | re.IGNORECASE)
_NEVER: Final = frozenset({"no-cache", "no-store"})
# More digits than any bound of ours has, in seconds.
_DIGITS_MAX: Final = 9


def key_set_lifetime(
    cache_control: str, *, most: timedelta = limits.KEY_SET_LIFETIME_DEFAULT
) -> timedelta:
    """Returns how long a key set is used without being fetched again.

    Args:
        cache_control: the header, empty where there was none.
        most: the longest that is granted, whatever the header says, and what is
            granted where it says nothing that can be read.
    """
    directives = {part.strip().lower() for part in cache_control.split(",")}
    if not _NEVER.isdisjoint(directives):
        return limits.KEY_SET_LIFETIME_MIN
    ages = [match[1] for part in directives if (match := _MAX_AGE.fullmatch(part))]
    if not ages:
        return most
    # Of several the shortest, so that an odd answer is asked for again soon.
    shortest = min(
        int(age) if len(age) <= _DIGITS_MAX else 10**_DIGITS_MAX for age in ages
    )
    return min(max(timedelta(seconds=shortest), limits.KEY_SET_LIFETIME_MIN), most)
