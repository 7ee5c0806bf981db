"""The bounds of the server that is driven from gRPC's completion queue."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# Taken from the queue before what was taken is worked on: as much as makes one store
# round trip worth while, and no more than is decided in some milliseconds.
EVENTS_PER_TURN_MAX: Final = 256

# How many calls may have come in and not been begun; more wait in gRPC core, up to
# `PENDING_CALLS_MAX`.
CALLS_ASKED_FOR: Final = 64

# How many calls are begun in one turn of the loop. A mint takes some 0.1 ms up to its
# first wait, so that timers, the store's answers and the HTTP door wait for three or
# four milliseconds and not for all that came in. What so many write to the store is one
# round trip, and their audit records one fsync: half as many take a hundredth more.
CALLS_BEGUN_PER_TURN_MAX: Final = 32

# While the server drains so many answers leave at once, and so long after one another.
# gRPC closes a connection behind its last answer, and what the client is sending in
# that moment makes the kernel throw away what it has not read: seen with 50 answers in
# one write, never in this way.
DRAINED_AT_ONCE: Final = 4
DRAIN_PACE: Final = timedelta(milliseconds=1)

# Of how many methods it is remembered who answers them: more than we have. Callers who
# make up names make us forget, and look again.
METHODS_REMEMBERED_MAX: Final = 128
