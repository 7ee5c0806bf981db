"""What the stores need of whatever carries their commands."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Protocol

from daypass.adapters.redis.connection import Command, Reply
from daypass.core.errors import StoreUnavailableError


class Commands(Protocol):
    """Carries commands to the servers that hold their keys."""

    def execute(self, *commands: Command) -> Awaitable[list[Reply]]:
        """Returns the replies to commands.

        Those for one server are sent in their order. The server may refuse one and
        do the next, and one server may fail where another does its part.

        Raises:
            StoreUnavailableError: there is no sure answer; what was done is
                unknown.
        """
        ...

    async def execute_each(
        self, operations: Sequence[Sequence[Command]]
    ) -> list[list[Reply] | StoreUnavailableError]:
        """Returns the replies to each of several operations, in one go.

        An operation to which there is no sure answer has that error instead, and
        fails no other one that goes to another server.
        """
        ...
