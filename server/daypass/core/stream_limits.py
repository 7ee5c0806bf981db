"""Bounds of the calls that the server keeps open, each with its reason.

SPEC: design 4, 5 and 7; attacks G09, G23; decision 0030.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# A stream costs a few KiB and a task; verifiers hold one or two each.
STREAMS_MAX: Final = 512
# One for each kind, on each of some processes that share credentials.
STREAMS_PER_CALLER_MAX: Final = 16
# What was decided when a stream was opened is decided anew after this; shorter than
# the age of a connection, so that a stream ends before it is cut.
STREAM_AGE_MAX: Final = timedelta(minutes=5)
# A client that does not read for so long is let go (attacks G09).
STREAM_SEND_TIME_MAX: Final = timedelta(seconds=10)
# A key set is sent again so often, so that a client knows that it is in force.
KEY_SET_HEARTBEAT: Final = timedelta(seconds=10)
# Revocations are said to be up to date so many times in a lease.
HEARTBEATS_PER_LEASE: Final = 4
# About 150 KB of a message.
REVOCATIONS_PER_MESSAGE_MAX: Final = 1_000
