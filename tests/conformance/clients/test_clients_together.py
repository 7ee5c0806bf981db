"""The clients with each other, against one running server; see PROTOCOL.md."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic

import pytest

from support.conformance_program import (
    EXAMPLES,
    PATIENCE,
    PROGRAMS,
    Program,
    ProgramError,
    keys_members,
)
from support.running import Command, DaypassServer

ROLE = "arn:aws:iam::123456789012:role/ReadOnlyRole"
SESSION = "arn:aws:sts::123456789012:assumed-role/ReadOnlyRole/"


@pytest.fixture
def programs(daypass_server: DaypassServer) -> Iterator[dict[str, Program]]:
    """Yields each client with three users of the server, and following it."""
    with ExitStack() as stack:
        found = {
            name: stack.enter_context(Program(PROGRAMS[name])) for name in PROGRAMS
        }
        for program in found.values():
            for user in ("dev", "admin", "verifier"):
                keys = daypass_server.profile(user).credentials
                assert keys is not None
                program.do(
                    "open",
                    client=user,
                    endpoint=daypass_server.address,
                    credentials=keys_members(keys),
                )
            program.do(
                "follow", verifier="v", client="verifier", revocation_age_max_ms=10_000
            )
        yield found


def _verdict(program: Program, token: str) -> str:
    """Returns what a client says offline of a session token."""
    try:
        program.do("verify", verifier="v", kind="session", token=token)
    except ProgramError as error:
        return error.reason
    return "good"


def test_each_takes_and_ends_what_others_minted(programs: dict[str, Program]) -> None:
    """Each client vouches for the sessions of all, until one of them ends them."""
    minted = {
        name: program.do(
            "call", client="dev", operation="AssumeRole", request={"role_arn": ROLE}
        )
        for name, program in programs.items()
    }
    for issued in minted.values():
        for verifying in programs.values():
            _vouches_in_time(verifying, issued["session_token"])

    for name, issued in minted.items():
        programs[name].do(
            "call",
            client="admin",
            operation="RevokeSessions",
            request={"access_key_id": issued["access_key_id"]},
        )
        for verifying in programs.values():
            _refuses_in_time(verifying, issued["session_token"])


def _vouches_in_time(program: Program, token: str) -> None:
    """Waits while a verifier has not heard yet of the time of a token."""
    end = monotonic() + PATIENCE
    while (said := _verdict(program, token)) == "revocations_behind":
        assert monotonic() < end
    assert "good" == said


def _refuses_in_time(program: Program, token: str) -> None:
    """Waits while a verifier has not heard yet of a revocation."""
    end = monotonic() + PATIENCE
    while (said := _verdict(program, token)) == "good":
        assert monotonic() < end
    assert "revoked" == said


@pytest.mark.parametrize("client", sorted(PROGRAMS.keys() & EXAMPLES.keys()))
def test_example_runs(command: Command, client: str) -> None:
    """The example of a client verifies a token of another one, and assumes a role."""
    issued = command.answer("--profile", "dev", "assume-role", ROLE)

    result = command.program(list(EXAMPLES[client]), typed=issued["session_token"])

    assert 0 == result.returncode, result.stderr
    verified, assumed = result.stdout.splitlines()
    assert verified.startswith(issued["access_key_id"] + " good")
    assert assumed.startswith(SESSION)
