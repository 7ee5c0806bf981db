"""Bounds of the workers of one server, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# More than any machine that this is made for has cores.
WORKERS_MAX: Final = 64
# reliability E01: a worker that has served for this long and dies is replaced at
# once. One that lives shorter cannot be started more often than the pauses allow.
WORKER_STEADY_TIME: Final = timedelta(seconds=1)
# From one start to the next after the first failure, doubled by each further one in a
# row, and the longest: a worker takes a twentieth of a second of a core to start.
RESTART_PAUSE_MIN: Final = timedelta(milliseconds=250)
RESTART_PAUSE_MAX: Final = timedelta(seconds=30)
# Failures in a row, before any worker has served, that end the server: with the
# pauses they take some five seconds, and then whoever started it ought to know.
START_FAILURES_MAX: Final = 5
# How long a worker may take, when the drain time is over, to close its files and to
# export what it has counted, before it is killed.
WORKER_END_TIME_MAX: Final = timedelta(seconds=15)
# The same when the server was told twice to end: whoever does that waits for it.
WORKER_HURRY_TIME_MAX: Final = timedelta(seconds=2)
# How many workers that have ended are remembered: far more than end within a lease.
ENDED_WORKERS_MAX: Final = 64
# How long a worker that ends tries to withdraw its lease, for which one write is enough.
LEAVE_TIME_MAX: Final = timedelta(milliseconds=500)
# How long a page of metrics waits for another worker, which takes milliseconds unless
# it is just being replaced; scrapers wait for ten seconds.
PEER_PAGE_TIME_MAX: Final = timedelta(milliseconds=500)
# Far more than the bounded labels of all metrics come to.
PEER_PAGE_BYTES_MAX: Final = 16_777_216
# How often a free port is looked for that all addresses of a host name have.
PORT_ATTEMPTS_MAX: Final = 16
# What a signal or an end of a worker wakes; the longest sleep without any.
SUPERVISOR_SLEEP_MAX: Final = timedelta(seconds=60)
