"""Places that go into indexes together."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import NoScriptError

from daypass.adapters.redis.cluster_map import slot_of
from daypass.adapters.redis.connection import Command, Reply
from daypass.adapters.redis.placing import check_placed, join, place_command
from daypass.adapters.redis.session_scripts import PLACE
from daypass.core import store_limits
from daypass.core.errors import StoreUnavailableError

ASKING = ("ASKING",)
# Where the keys of a script begin, and how many arguments follow before the places.
KEYS_AT = 3
SHARED = 4


def place(number: int) -> bytes:
    """Returns a place."""
    return number.to_bytes(9, "big")


class Server:
    """Puts places, and answers as a server does; a key that begins with `-` is none."""

    def __init__(self) -> None:
        self.places: dict[object, list[bytes]] = defaultdict(list)
        self.order: list[object] = []

    def replies(self, commands: Sequence[Command]) -> list[Reply]:
        """Returns the replies to commands."""
        return [self._reply(command) for command in commands]

    def _reply(self, command: Command) -> Reply:
        if command[:2] != ("EVALSHA", PLACE.digest):
            self.order.append(command)
            return b"reply to " + str(command).encode()
        end = KEYS_AT + int(command[2])
        failed: list[Reply] = []
        keys, runs = command[KEYS_AT:end], command[end + SHARED :]
        for number, (key, run) in enumerate(zip(keys, runs, strict=True), 1):
            assert isinstance(run, bytes)
            if str(key).startswith("-"):
                failed.append(number)
            else:
                self.places[key] += [run[at : at + 9] for at in range(0, len(run), 9)]
        self.order.append("places")
        return failed


COMMANDS = st.lists(
    st.one_of(
        st.builds(lambda key: ("SET", key, b"value"), st.sampled_from("abc")),
        st.just(("SCRIPT", "LOAD", PLACE.text)),
        st.builds(
            lambda key, number: place_command(key, 7, place(number)),
            st.sampled_from(["i", "j", "k", "-"]),
            st.integers(0, 255),
        ),
    )
)


@given(COMMANDS, st.integers(1, 3))
def test_everyone_gets_the_same_reply(
    commands: list[Command], indexes_max: int
) -> None:
    """Whoever puts places is told the same, and the same is put, in the same order."""
    apart, together = Server(), Server()

    joined = join(commands, indexes_max=indexes_max)

    assert apart.replies(commands) == joined.replies(together.replies(joined.commands))
    assert apart.places == together.places
    others = [each for each in apart.order if each != "places"]
    assert others == together.order[: len(others)]


def test_one_command_for_several_indexes() -> None:
    """Places of one index stand behind each other, and indexes beside each other."""
    commands = [
        place_command("i", 7, place(1)),
        place_command("j", 8, place(2)),
        place_command("i", 9, place(3)),
    ]

    ((*head, first, second),) = join(commands, indexes_max=2).commands

    assert ["EVALSHA", PLACE.digest, 2, "i", "j", 7] == head[:6]
    assert (place(1) + place(3), place(2)) == (first, second)


def test_no_index_is_joined_with_another() -> None:
    """R03: where indexes may lie on several servers each command is about one key."""
    commands = [place_command(key, 7, place(1)) for key in "ijij"]

    joined = join(commands, indexes_max=1)

    assert 2 == len(joined.commands)
    assert [slot_of(commands[0]), slot_of(commands[1])] == [
        slot_of(each) for each in joined.commands
    ]


def test_what_is_asked_for_stays_where_it_is() -> None:
    """R04: what ASKING allows is the next command, which no other takes the turn of."""
    commands = [ASKING, place_command("i", 7, place(1)), ("GET", "a")]

    joined = join(commands, indexes_max=2)

    assert commands == joined.commands
    assert [b"OK", [], b"1"] == joined.replies([b"OK", [], b"1"])


def test_runs_are_bounded() -> None:
    """So many places go into one index at once, and so many indexes into one command."""
    most = store_limits.STORE_PLACES_JOINED_MAX
    commands = [place_command("i", 7, place(number)) for number in range(most + 1)]

    joined = join([*commands, place_command("j", 7, place(1))], indexes_max=2)

    assert [2, 1] == joined.calls
    assert [place(most)] == [joined.commands[0][-1]]
    replies = joined.replies([[2], []])
    assert [[]] * most + [[1], []] == replies


def test_refusal_is_everyones() -> None:
    """A command that the server refuses is refused to all whose places it had."""
    refusal = NoScriptError("no such script")
    commands = [("GET", "a"), *(place_command(key, 7, place(1)) for key in "iji")]

    replies = join(commands, indexes_max=1).replies([b"a", [], refusal])

    assert [b"a", [], refusal, []] == replies


@pytest.mark.parametrize("reply", [[1], [2], 1, None, b"OK", NoScriptError("no")])
def test_anything_else_is_no_success(reply: Reply) -> None:
    """A place is put where the server says so in the one way that there is."""
    command = place_command("i", 7, place(random.randrange(9)))  # noqa: S311 - any.
    check_placed(command, [])

    with pytest.raises(StoreUnavailableError) as caught:
        check_placed(command, reply)

    assert "store_refused" == caught.value.detail
