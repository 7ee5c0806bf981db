"""Uses up what is good once: a proof, a token, an approval, a call.

Whoever claims it first has it, on all workers together; the store decides.

SPEC: sts-operations 1.2, 1.3, 1.8 and 6.1; attacks S43, J58, V01; decision 0058.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from daypass.core.ports import GuardKey, GuardStore

_USED: Final = b"used"


async def use_up(
    guards: GuardStore, key: GuardKey, *, now: datetime, expire_time: datetime
) -> bool:
    """Tells whether a thing was unused until now, and uses it up.

    Args:
        guards: knows what was used.
        key: names the thing.
        now: the time.
        expire_time: when it is refused anyway, whether it was used or not.

    Returns:
        False where it was used before, and where it is over by now. A clock that is
        set ahead after the thing was judged would otherwise take the note of its use
        for one that nobody needs any more.

    Raises:
        StoreUnavailableError: it may be used up now.
    """
    if expire_time <= now:
        return False
    return await guards.swap(key, None, _USED, now=now, expire_time=expire_time)
