"""Places that one pipeline brings to indexes of sessions go there in few commands.

Most sessions of a turn belong to the same few accounts and roles. Each brings a command
for either of its indexes, and all that are for one index become one; so do those for
several, where one server has them all. Each caller is told what became of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from daypass.adapters.redis.connection import Command, Reply, store_unavailable
from daypass.adapters.redis.scripts import accepted
from daypass.adapters.redis.session_scripts import PLACE
from daypass.core import store_limits

_EVALSHA: Final = "EVALSHA"
_ASKING: Final[Command] = ("ASKING",)
# Where the key is in a command for one index; what is the same for all follows, and
# then the place.
_KEY: Final = 3
_PLACES: Final = 8
_PLACE: Final = PLACE.digest
_PLACES_MAX: Final = store_limits.STORE_PLACES_JOINED_MAX
_SHARED: Final = (
    store_limits.STORE_LEAF_BYTES_MAX,
    store_limits.STORE_LARGE_LEAF_BYTES_MAX,
    store_limits.STORE_LEAVES_SMALL_MAX,
)


def place_command(index: str, passed: int, place: bytes) -> Command:
    """Returns the command that puts places into an index.

    Args:
        index: the key.
        passed: the score below which places have passed.
        place: one place, or several behind each other.
    """
    return (*place_head(index, passed), place)


def place_head(index: str, passed: int) -> Command:
    """Returns what stands before the places in the command for an index."""
    return (_EVALSHA, _PLACE, 1, index, passed, *_SHARED)


def check_placed(command: Command, reply: Reply) -> None:
    """Returns where a reply says that places were put, by whichever command.

    Raises:
        StoreUnavailableError: they were not.
    """
    accepted(reply)
    if command[0] == _EVALSHA and reply != []:
        raise store_unavailable("store_refused")


class _Run(NamedTuple):
    """Places of one index, of which the first command brought one."""

    first: Command
    places: list[Any]


class Joined(NamedTuple):
    """The commands of a pipeline, of which those for indexes are joined.

    Attributes:
        commands: what is sent.
        calls: of how many indexes each of the last commands is.
        sources: for each command that there was the number of what is sent, or, if it
            was joined, of its index, counted from -1 downwards.
    """

    commands: list[Command]
    calls: list[int]
    sources: list[int]

    def replies(self, replies: list[Reply]) -> list[Reply]:
        """Returns what is replied to each command that there was."""
        if not self.calls:
            return replies
        placed: list[Reply] = []
        first = len(self.commands) - len(self.calls)
        for reply, count in zip(replies[first:], self.calls, strict=True):
            if isinstance(reply, list):
                placed += [
                    [1] if number in reply else [] for number in range(1, count + 1)
                ]
            else:
                placed += [reply] * count
        return [
            replies[source] if source >= 0 else placed[~source]
            for source in self.sources
        ]


def join(commands: Sequence[Command], *, indexes_max: int) -> Joined:
    """Joins what puts places into indexes; it goes behind all other commands.

    Args:
        commands: those of a pipeline, in their order.
        indexes_max: how many indexes may be in one command; 1 where they may lie on
            several servers.
    """
    sent: list[Command] = []
    sources: list[int] = []
    numbers: dict[object, int] = {}
    indexes: list[_Run] = []
    before: Command = ()
    for command in commands:
        # NOTE: what ASKING allows is the very next command.
        if command[0] != _EVALSHA or command[1] != _PLACE or before == _ASKING:
            sources.append(len(sent))
            sent.append(command)
        else:
            key = command[_KEY]
            number = numbers.get(key)
            if number is None or len(indexes[number].places) == _PLACES_MAX:
                number = numbers[key] = len(indexes)
                indexes.append(_Run(command, []))
            indexes[number].places.append(command[_PLACES])
            sources.append(~number)
        before = command
    calls: list[int] = []
    for first in range(0, len(indexes), indexes_max):
        some = indexes[first : first + indexes_max]
        calls.append(len(some))
        sent.append(_call(some))
    return Joined(sent, calls, sources)


def _call(runs: Sequence[_Run]) -> Command:
    keys = [run.first[_KEY] for run in runs]
    shared = runs[0].first[_KEY + 1 : _PLACES]
    places = [b"".join(run.places) for run in runs]
    return (_EVALSHA, _PLACE, len(keys), *keys, *shared, *places)
