"""How each client renews credentials; see PROTOCOL.md.

The server is slow, throttles, is away, or gives short lives; the clock of the client
stands still until it is set.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import grpc
import pytest
from google.protobuf.message import Message

from support.client_answers import ROLE_ARN, assumed
from support.conformance_program import PATIENCE, Program, keys_members
from support.fake_daypass import FakeDaypass, Refusal, credentials_of, refusal
from support.world import START

CODE = grpc.StatusCode
HOUR = timedelta(hours=1)
AWAY = refusal(CODE.UNAVAILABLE, "ServiceUnavailable")
BUSY = refusal(CODE.RESOURCE_EXHAUSTED, "Throttling", retry_delay=timedelta(seconds=30))
DENIED = refusal(CODE.PERMISSION_DENIED, "AccessDenied")


class Role:
    """A client whose calls are signed by a role, and its clock."""

    def __init__(self, program: Program, fake: FakeDaypass) -> None:
        self._program = program
        self.fake = fake
        self.set_clock(timedelta(0))
        program.do(
            "open",
            client="r",
            endpoint=fake.endpoint,
            credentials=keys_members(credentials_of(2, temporary=False)),
            roles=[{"role_arn": ROLE_ARN}],
            clock="r",
            timeout_ms=2_000,
        )

    def set_clock(self, span: timedelta) -> None:
        """Sets the clock to a time after the start."""
        self._program.do("clock", clock="r", time=(START + span).isoformat())

    def got(self, callers: int = 1) -> dict[str, int]:
        """Returns how many callers got the credentials of which seed."""
        found = self._program.do("credentials", client="r", callers=callers)
        seeds = {credentials_of(seed).access_key_id: seed for seed in range(10)}
        if "error" in found:
            return {f"error {found['error']['kind']}": callers}
        return {
            str(seeds[name]): count for name, count in found["access_key_ids"].items()
        }


@pytest.fixture
def role(program: Program, fake: FakeDaypass) -> Iterator[Role]:
    """Yields a client that holds the credentials of seed 3, for an hour."""
    role = Role(program, fake)
    fake.answer(assumed(3, START + HOUR))
    assert {"3": 1} == role.got()
    yield role
    program.do("close", client="r")


def test_many_callers_make_one_request(program: Program, fake: FakeDaypass) -> None:
    """A thousand callers at once make one request, and all get its answer."""
    role = Role(program, fake)
    fake.answer(assumed(3, START + HOUR))

    found = role.got(callers=1_000)

    program.do("close", client="r")
    assert {"3": 1_000} == found
    assert 1 == len(fake.calls)


def test_fresh_credentials_are_not_renewed(role: Role) -> None:
    """For most of their time nothing is asked."""
    role.set_clock(timedelta(minutes=49))

    assert {"3": 1} == role.got()
    assert 1 == len(role.fake.calls)


def test_renewal_is_ahead_of_the_end(role: Role) -> None:
    """Five minutes before the end at the latest there are new ones."""
    role.fake.answer(assumed(4, START + 2 * HOUR))
    role.set_clock(timedelta(minutes=55))

    assert {"4": 1} == role.got()
    assert 2 == len(role.fake.calls)


def test_slow_renewal_makes_nobody_wait_but_one(role: Role) -> None:
    """While one asks, the others go on with what is held."""
    release = Event()

    def late() -> Message:
        release.wait(PATIENCE)
        return assumed(4, START + 2 * HOUR)

    role.fake.answer_by(late)
    role.set_clock(timedelta(minutes=55))

    # The one who asks gives up by its deadline, and has what is held as well.
    assert {"3": 50} == role.got(callers=50)
    assert 2 == len(role.fake.calls)
    release.set()


@pytest.mark.parametrize("failure", [AWAY, BUSY])
def test_held_credentials_serve_to_their_end(role: Role, failure: Refusal) -> None:
    """While the server is away or busy, what is held serves to its end, never after."""
    role.fake.refuse(*[failure] * 40)
    for minutes in (55, 59):
        role.set_clock(timedelta(minutes=minutes))
        assert {"3": 1} == role.got()

    role.set_clock(HOUR - timedelta(microseconds=1))
    assert {"3": 1} == role.got()
    role.set_clock(HOUR)
    kind = "unavailable" if failure is AWAY else "throttled"
    assert {f"error {kind}": 1} == role.got()


def test_server_comes_back(role: Role) -> None:
    """After the server was away there are new credentials, without another reason."""
    role.fake.refuse(*[AWAY] * 5)
    role.set_clock(timedelta(minutes=55))
    assert {"3": 1} == role.got()

    role.fake.forget()
    role.fake.answer(assumed(4, START + 2 * HOUR))
    role.set_clock(timedelta(minutes=56))
    assert {"4": 1} == role.got()


def test_refusal_counts_at_once(role: Role) -> None:
    """A server that says no is believed: what is held is given up."""
    role.fake.refuse(DENIED)
    role.set_clock(timedelta(minutes=55))

    assert {"error access_denied": 1} == role.got()
    assert 2 == len(role.fake.calls)


def test_short_lives(program: Program, fake: FakeDaypass) -> None:
    """Credentials of a few seconds are used for most of these, and no request is lost."""
    role = Role(program, fake)
    for seed in (3, 4, 5):
        begin = timedelta(seconds=8 * (seed - 3))
        role.set_clock(begin)
        fake.answer(assumed(seed, START + begin + timedelta(seconds=8)))
        assert {str(seed): 1} == role.got()
        role.set_clock(begin + timedelta(seconds=3))
        assert {str(seed): 1} == role.got()

    program.do("close", client="r")
    assert 3 == len(fake.calls)


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_clock_that_is_wrong_makes_no_loop(
    program: Program, fake: FakeDaypass, hours: int
) -> None:
    """Where the clock is off by hours, an answer is taken, and one request made."""
    role = Role(program, fake)
    role.set_clock(timedelta(hours=hours))
    fake.answer(assumed(3, START + HOUR), *[assumed(4, START + HOUR)] * 4)

    assert {"3": 1} == role.got()

    program.do("close", client="r")
    assert 1 == len(fake.calls)
