"""Bounds of the work and memory that one call may take, each with its reason.

They keep a worker answering everybody else, whatever policies somebody sends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# How long a simulation works before the other calls have their turn: as long as a
# common decision takes many times over, and not so long that a client notices.
TURN_TIME_MAX: Final = timedelta(milliseconds=5)
# When a simulation that found another of its account running is to come back.
SIMULATION_RETRY_DELAY: Final = timedelta(seconds=1)
# Entries of policies that the search for the nearest changes of one explanation
# may read, each time that it reads one. An entry of common form takes about a
# microsecond; a role with as many as it may have allows a dozen readings.
CHANGES_WORK_MAX: Final = 4_096
# The same of all explanations of one simulation. Its largest has 1,024 results;
# policies of common size leave enough for each.
SIMULATION_CHANGES_WORK_MAX: Final = 262_144
# Inline policies of sessions that are kept parsed, in characters of their texts:
# parsed, a policy takes up to about a hundred times as much, which makes 50 MiB.
SESSION_POLICIES_KEPT_CHARACTERS_MAX: Final = 524_288
# Decisions that are remembered, each with the policies that it rests on, which are
# mostly those of the directory in force: as many as there are pairs of a caller and
# a role in a busy minute. A caller can fill it with names of its own sessions, which
# puts others out and makes them be decided anew.
DECISIONS_REMEMBERED_MAX: Final = 4_096
# Mints that are prepared, each of them about three KiB without what callers choose:
# as many as there are pairs of a caller and a role in a busy minute.
MINTS_REMEMBERED_MAX: Final = 4_096
# What callers choose of them: session policies, external ids and, in chains, tags. In
# memory it is there up to three times, as a parameter, in the draft and packed.
MINTS_REMEMBERED_CHARACTERS_MAX: Final = 4_194_304
# Requests of AssumeRole that are kept as they were read, and the longest of them in
# bytes: as many as a worker is sent again and again, in some megabytes at the most.
REQUESTS_REMEMBERED_MAX: Final = 1_024
REQUEST_REMEMBERED_BYTES_MAX: Final = 2_048
