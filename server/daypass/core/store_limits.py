"""Bounds of finding, leaving and coming back to a shared store, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# Servers, sentinels or cluster nodes that a store URL may name: more are no better
# at being found, and each that is down costs a question.
STORE_ADDRESSES_MAX: Final = 16
# attacks R23: after so many failures in a row nobody waits for the store any more;
# one failure is a connection that was closed, two are a restart.
STORE_FAILURES_MAX: Final = 3
# Attempts to connect for one exchange, within the time that connecting may take.
STORE_CONNECT_ATTEMPTS_MAX: Final = 3
# How often whoever waits to connect again asks whether another server is named by now:
# sentinels answer in a millisecond, and it is theirs to bear.
STORE_LOOK_PAUSE: Final = timedelta(milliseconds=100)
# A new connection that has told what it is within this time did not hang before; what
# sentinels said when it was begun is hardly older.
STORE_ANSWER_SLOW: Final = timedelta(milliseconds=25)
# A sentinel or a cluster node answers where the data is in a millisecond; one that
# is down must leave time to ask the next one.
STORE_QUESTION_TIME_MAX: Final = timedelta(milliseconds=250)
# attacks R04: how often one command follows a cluster that sends it elsewhere. The
# pauses between come to about a second, in which a slot is moved or a node voted in.
STORE_REDIRECTS_MAX: Final = 8
STORE_REDIRECT_PAUSE_MIN: Final = timedelta(milliseconds=5)
STORE_REDIRECT_PAUSE_MAX: Final = timedelta(milliseconds=400)
# reliability, promise 5: how long minting and revoking may stand still when a primary
# fails. What sentinels need beside their settings was 1.2 s at the longest on a busy
# machine: a vote, choosing a replica, and a question once a second (decision 0063).
STORE_FAILOVER_TIME_MAX: Final = timedelta(seconds=3)
STORE_PROMOTION_TIME: Final = timedelta(milliseconds=1_400)
SENTINEL_DOWN_AFTER_ADVISED_MS: Final = 750
# After a vote that failed: far less than the default, and more than a promotion takes,
# which would be given up otherwise.
STORE_SECOND_TRY_MAX: Final = timedelta(seconds=10)
SENTINEL_FAILOVER_TIMEOUT_ADVISED_MS: Final = 3_000
# A worker asks a cluster no more often than this where its slots are.
STORE_MAP_PAUSE: Final = timedelta(milliseconds=100)
# Nodes of a cluster: what Redis Cluster itself is made for.
STORE_NODES_MAX: Final = 1_000
# reliability, promise 7 and E13: a server whose clock differs by more is not ready.
STORE_CLOCK_DIFFERENCE_MAX: Final = timedelta(seconds=2)
# reliability E09: what is wrong with the store is known in ten seconds, of which the
# questions may take half; what was wrong is looked at more often, as it may be mended.
STORE_EXAMINED_EVERY: Final = timedelta(seconds=4)
STORE_EXAMINED_AGAIN: Final = timedelta(seconds=1)
# How many names of indexes a worker remembers; some two hundred bytes each.
INDEX_NAMES_MAX: Final = 4_096
# Places of nine bytes in one leaf of an index: as many as 64 bytes hold, up to which
# Redis keeps a small index in one piece.
STORE_LEAF_BYTES_MAX: Final = 63
# From so many leaves on an index is kept in pieces anyway, and its leaves are larger:
# 34 places, with which a leaf takes 320 bytes.
STORE_LEAVES_SMALL_MAX: Final = 120
STORE_LARGE_LEAF_BYTES_MAX: Final = 306
# Indexes, and places of one, that go to the server in one script: it does nothing else
# for that time, which is less than a millisecond.
STORE_INDEXES_JOINED_MAX: Final = 64
STORE_PLACES_JOINED_MAX: Final = 512
# Leaves that are read at once, at most: places of a page, all in small leaves.
STORE_LEAVES_READ_MAX: Final = 4_096
# Profiles of sessions that a worker remembers: pairs of a role and whoever assumes it.
STORE_PROFILES_KEPT_MAX: Final = 16_384
# What a failover takes of the profiles is stored again after so long.
STORE_PROFILE_AGAIN_AFTER: Final = timedelta(minutes=1)
# The longest session is 36 hours: until a profile is stored again no session is made
# that outlives it by this.
STORE_PROFILE_KEPT_AFTER: Final = timedelta(days=2)
