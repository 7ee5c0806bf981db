"""Each client against a running server, by its own clock; see PROTOCOL.md.

SPEC: sts-operations 3.4: a signature may be a quarter of an hour old, or early.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from support.conformance_program import Program, keys_members
from support.running import DaypassServer

DEV = "arn:aws:iam::111122223333:user/dev"


def _open(program: Program, server: DaypassServer, minutes: int) -> None:
    """Opens a client whose clock is so many minutes ahead of the server's."""
    time = datetime.now(UTC) + timedelta(minutes=minutes)
    program.do("clock", clock="off", time=time.isoformat())
    keys = server.profile("dev").credentials
    assert keys is not None
    program.do(
        "open",
        client="off",
        endpoint=server.address,
        credentials=keys_members(keys),
        clock="off",
    )


@pytest.mark.parametrize("minutes", [-20, 20])
def test_clock_that_is_far_off_is_refused(
    program: Program, daypass_server: DaypassServer, minutes: int
) -> None:
    """A proof by a clock that is off by more is refused, and is not tried again."""
    _open(program, daypass_server, minutes)

    error = program.refused("call", client="off", operation="GetCallerIdentity")

    program.do("close", client="off")
    assert "unauthenticated" == error.kind
    assert error.members["request_id"]


@pytest.mark.parametrize("minutes", [-10, 0, 10])
def test_clock_that_is_a_little_off_serves(
    program: Program, daypass_server: DaypassServer, minutes: int
) -> None:
    """A clock may be off by ten minutes, for calls and for sessions."""
    _open(program, daypass_server, minutes)

    found = program.do("call", client="off", operation="GetCallerIdentity")
    issued = program.do(
        "call",
        client="off",
        operation="AssumeRole",
        request={"role_arn": "arn:aws:iam::123456789012:role/ReadOnlyRole"},
    )

    program.do("close", client="off")
    assert DEV == found["arn"]
    assert issued["access_key_id"].startswith("ASIA")
