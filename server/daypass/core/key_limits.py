"""Bounds of how keys follow each other, each with its reason.

SPEC: design 7; sts-operations 6.4; reliability, promise 3; decision 0029.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from daypass.core import limits

# reliability, promise 3: a key signs for a day.
KEY_PERIOD_DEFAULT: Final = timedelta(days=1)
# Less is for tests alone: a ring keeps each key for a day and a half.
KEY_PERIOD_MIN: Final = timedelta(seconds=1)
KEY_PERIOD_MAX: Final = timedelta(days=90)
# reliability, promise 3: published for twice the age of a key set before it signs.
KEY_LEAD_DEFAULT: Final = 2 * limits.KEY_SET_AGE_MAX
KEY_LEAD_MIN: Final = timedelta(milliseconds=500)
KEY_LEAD_MAX: Final = timedelta(days=7)
# How long after its activation a key is used first, so that every worker that still
# vouches for anything has it by then. A worker uses no key when it has not heard of
# its ring for half of this: longer than the longest lease on revocations, so that
# this never ends verifying before that does.
KEY_SETTLE_DEFAULT: Final = timedelta(minutes=2)
# A write to the store takes its time; less is for tests alone.
KEY_SETTLE_MIN: Final = timedelta(seconds=2)
# decision 0013 lets a call rely on a change that is a quarter of an hour old.
KEY_SETTLE_MAX: Final = timedelta(minutes=10)
# What a key has signed lives no longer than the longest session.
KEY_WORK_LIFETIME_MAX: Final = timedelta(seconds=limits.USER_SESSION_SECONDS_MAX)
# reliability, promise 3: for clocks that differ.
KEY_KEPT_AFTER: Final = timedelta(minutes=1)
# Workers ask for the ring so often, or eight times in the time that it takes to
# settle where that is less.
RING_POLL_MAX: Final = timedelta(seconds=1)
RING_POLLS_PER_SETTLE: Final = 8
# Calls that meet a key which the ring does not name have it read once in this time, all
# of one worker together: as often as it is read anyway, whoever makes up names of keys.
RING_READ_PAUSE: Final = RING_POLL_MAX
# A change meets another one that was faster so often at the most.
RING_CHANGE_ATTEMPTS_MAX: Final = 8
# Far more than a ring has that rotates once an hour, and less than a ring file takes.
# A ring that is full goes on with the keys that it has.
RING_KEYS_MAX: Final = 512
# Steps that are due at once: all that a ring has slots for, several times over.
RING_STEPS_MAX: Final = 256
# A worker says which ring it holds with each poll, and is gone when it says nothing
# for a few.
RING_REPORT_LASTS: Final = timedelta(seconds=5)
# How long a drill waits for the workers, and how often it looks.
DRILL_TIME_MAX: Final = timedelta(seconds=10)
DRILL_POLL: Final = timedelta(milliseconds=100)
# decision 0036: what others call their keys, ARNs and paths of resources included.
KMS_KEY_ID_CHARACTERS_MAX: Final = 256
# What the large services wrap a key of 32 bytes into is less than a tenth of this.
WRAPPED_KEY_BYTES_MAX: Final = 8_192
# A worker tells of so many followers of the key set by name: enough to find who is
# behind, and a pipeline of a few KiB with each poll.
FOLLOWERS_REPORTED_MAX: Final = 32
