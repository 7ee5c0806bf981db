"""Bounds of second factors and of guessing at them, each with its reason.

ADR 0015 has the arithmetic: what these numbers leave to somebody who guesses.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# RFC 6238, 4: the step that every authenticator app uses.
MFA_STEP: Final = timedelta(seconds=30)
# spec 1.1: codes of this many steps before and after the present one are good.
MFA_WINDOW_STEPS: Final = 2
# attacks M13, RFC 4226, 4 (R6): 160 bits, which is also what enrolment draws.
MFA_SEED_BYTES_MIN: Final = 20
# HMAC-SHA-1 hashes what is longer than its block, so that more adds nothing.
MFA_SEED_BYTES_MAX: Final = 64
# As many as a user has at AWS. Each one may be guessed at by itself.
MFA_DEVICES_PER_USER_MAX: Final = 8
# spec 1.1: attempts at one device, good or bad, in that time.
MFA_ATTEMPTS_MAX: Final = 9
MFA_ATTEMPTS_WINDOW: Final = timedelta(minutes=3)
# attacks M05: so many failures in a row lock the device, each time for longer.
MFA_FAILURES_IN_A_ROW_MAX: Final = 5
MFA_LOCKS: Final = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=24))
# reliability, promise 14: with five codes good at a time, twelve guesses a day leave
# 12 * 5 / 10^6 = 6 * 10^-5, whatever good codes come in between.
MFA_FAILURES_A_DAY_MAX: Final = 12
# Of the failures the latest are held: more than a day can have, because a clock that
# is set back makes some of the day before count again.
MFA_FAILURES_KEPT_MAX: Final = 2 * MFA_FAILURES_A_DAY_MAX
MFA_DAY: Final = timedelta(days=1)
# A time further ahead was written by a clock that was wrong by more than the store
# reckons with (`GUARD_KEPT_AFTER_EXPIRY`), and does not count.
MFA_CLOCK_JUMP_MAX: Final = timedelta(days=1)
# What is known of a device is kept so long after its last attempt: through its
# longest lock, and a day more, so that the next lock is not a short one again.
MFA_ATTEMPTS_KEPT: Final = timedelta(days=2)
# How often a change is tried when others change the same device: all of them
# together change it twice for each attempt, so this many tries find a gap.
MFA_SWAPS_MAX: Final = 2 * MFA_ATTEMPTS_MAX + 2
