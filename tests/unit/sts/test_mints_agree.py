"""A mint that is remembered says what would be decided and written anew.

Two worlds of one seed live through the same story. One remembers, the other forgets
everything before each call; nobody can tell them apart.

SPEC: sts-operations 1.1; decision 0050; attacks C01 to C03.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import DaypassError
from daypass.core.ports import SessionFilter
from daypass.core.revocation import Revocation, RevocationScope
from daypass.sts.assume_role import AssumeRole, AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.caller import Caller
from daypass.sts.chain_rules import ChainRules
from daypass.sts.remembered_mints import RememberedMints
from daypass.sts.signed_call import SignedCall
from daypass.sts.tags import Tag
from support.properties import tries
from support.rings import full_ring
from support.sts_world import CALL, StsWorld, allow, ready
from unit.sts import organisation as org

MINUTE = timedelta(minutes=1)
CHAINS = ChainRules(depth_max=2, lifetime_max=timedelta(hours=2))
OPEN = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    }
)
# What the directory says, in turns: as always, a role less, shorter sessions, a user
# who may do nothing, and tags of a role that its policies do not ask for.
DIRECTORIES = (
    (org.ACCOUNT_A, org.ACCOUNT_B),
    (org.ACCOUNT_A, org.ACCOUNT_B.replace("  Tagged:", "  Other:")),
    (org.ACCOUNT_A, org.ACCOUNT_B.replace("12h", "1h")),
    (org.ACCOUNT_A.replace(allow("sts:*"), allow("s3:*")), org.ACCOUNT_B),
    (org.ACCOUNT_A, org.ACCOUNT_B.replace("team: blue", "team: green")),
)


@dataclass(frozen=True)
class Assume:
    """An AssumeRole by somebody who holds credentials by then.

    `signed` is the number of a call; one that was sent before is sent again.
    """

    who: int = 0
    role_arn: str = org.READER
    name: str | None = "s1"
    duration: int | None = None
    policy: str | None = None
    arns: tuple[str, ...] = ()
    external_id: str | None = None
    source_identity: str | None = None
    tags: tuple[Tag, ...] = ()
    size: int | None = None
    signed: int | None = None


@dataclass(frozen=True)
class Pass:
    """Time passes."""

    minutes: int


@dataclass(frozen=True)
class Declare:
    """The directory is replaced."""

    number: int


@dataclass(frozen=True)
class Rotate:
    """The ring is replaced, by one of the same keys or of others."""

    anew: bool


@dataclass(frozen=True)
class Revoke:
    """A session is revoked."""

    number: int


CALLED = Assume()
Step = Assume | Pass | Declare | Rotate | Revoke

# Most of a story is a call that differs in one thing from one before, or in none.
CHANGES: tuple[dict[str, Any], ...] = (
    *({} for _ in range(6)),
    {"who": 1},
    {"who": 2},
    {"who": 3},
    {"role_arn": org.NEXT},
    {"role_arn": org.AUDIT, "external_id": "e-42"},
    {"role_arn": org.AUDIT},
    {"role_arn": org.LOCAL},
    {"role_arn": org.ABSENT},
    {"name": "other"},
    {"name": "x"},
    {"name": None},
    {"duration": 900},
    {"duration": 7200},
    {"duration": 50_000},
    {"policy": OPEN},
    {"policy": "{}"},
    {"arns": (f"arn:aws:iam::{org.B}:policy/ReadLogs",)},
    {"arns": ("x",)},
    {"external_id": "e-42"},
    {"source_identity": "ann"},
    {"source_identity": "bob"},
    {"tags": (Tag("stage", "dev"),)},
    {"size": 900},
    *({"signed": number} for number in (0, 0, 1)),
)
ASSUME: st.SearchStrategy[Step] = st.builds(
    lambda role_arn, change: replace(CALLED, **{"role_arn": role_arn, **change}),
    st.sampled_from([org.TAGGED, org.TAGGED, org.READER]),
    st.sampled_from(CHANGES),
)
STEPS = st.lists(
    st.one_of(
        ASSUME,
        ASSUME,
        ASSUME,
        st.builds(Pass, st.sampled_from([1, 20, 61])),
        st.builds(Declare, st.integers(0, len(DIRECTORIES) - 1)),
        st.builds(Rotate, st.booleans()),
        st.builds(Revoke, st.integers(0, 3)),
    ),
    min_size=3,
    max_size=16,
)


@dataclass
class Story:
    """A world, and who holds credentials in it."""

    world: StsWorld
    forgetful: bool
    callers: list[Caller] = field(default_factory=list)

    async def do(self, step: Step) -> object:
        """Takes a step and returns all that can be seen of it."""
        match step:
            case Assume():
                return await self._assume(step)
            case Pass(minutes):
                self.world.clock.advance(minutes * MINUTE)
            case Declare(number):
                self.world.declare(*DIRECTORIES[number])
            case Rotate(anew):
                self._rotate(anew=anew)
            case Revoke(number):
                await self._revoke(number)
        # What a worker does all the time.
        await self.world.follower.catch_up()
        return None

    async def _assume(self, step: Assume) -> object:
        world = self.world
        if self.forgetful:
            operation = world.assume_role._operation
            assert isinstance(operation, AssumeRole)
            operation._remembered = RememberedMints()
        users = [world.user(org.BOB), world.user(org.EVE)]
        everybody = [*users, *self.callers]
        caller = everybody[step.who % len(everybody)]
        # A proof is made at the time of the call, and says how far the log is read.
        caller = replace(caller, epoch=world.view.epoch)
        if step.signed is not None:
            caller = replace(caller, signed_call=self._call(caller, step.signed))
        request = AssumeRoleRequest(
            role_arn=step.role_arn,
            role_session_name=step.name,
            duration_seconds=step.duration,
            policy=step.policy,
            policy_arns=step.arns,
            tags=step.tags,
            external_id=step.external_id,
            source_identity=step.source_identity,
            minimum_session_token_size=step.size,
        )
        outcome = await outcome_of(lambda: world.assume_role.run(request, caller, CALL))
        seen: object = outcome
        if isinstance(outcome, AssumeRoleResult):
            seen = await self._granted(outcome)
        return seen, world.audit.records[-2:]

    async def _granted(self, result: AssumeRoleResult) -> object:
        """Returns all that an answer shows and leaves behind."""
        world, credentials = self.world, result.credentials
        record = await world.store.get(credentials.access_key_id, now=world.clock.now())
        proven = await outcome_of(lambda: world.session(result))
        if isinstance(proven, Caller):
            self.callers.append(proven)
        return (
            replace(result, credentials=None),  # type: ignore[arg-type]
            credentials.access_key_id,
            credentials.secret_access_key.reveal(),
            credentials.session_token.reveal(),
            credentials.expire_time,
            record,
            proven,
        )

    def _call(self, caller: Caller, number: int) -> SignedCall:
        now = self.world.clock.now()
        return SignedCall(
            access_key_id=caller.access_key_id,
            signature=f"{number}",
            sign_time=now.replace(second=0),
            expire_time=now.replace(second=0) + 15 * MINUTE,
        )

    def _rotate(self, *, anew: bool) -> None:
        world, now = self.world, self.world.clock.now()
        ring = world.ring.current()
        if anew:
            world.ring.value = full_ring(world.entropy, now)
        else:
            world.ring.value = ring.in_use(as_of=now, revoked=frozenset())

    async def _revoke(self, number: int) -> None:
        if not self.callers:
            return
        name = self.callers[number % len(self.callers)].access_key_id
        now = self.world.clock.now()
        until = now + timedelta(days=3)
        await self.world.log.append(
            Revocation(RevocationScope.SESSION, name, now, until)
        )


async def outcome_of(work: Callable[[], Awaitable[object]]) -> object:
    """Returns what comes of a call, or all that is said of its refusal."""
    try:
        return await work()
    except DaypassError as error:
        return type(error), error.detail, str(error), dict(error.metadata)


async def live(world: StsWorld) -> object:
    """Returns all sessions that a world shows."""
    return [
        await world.store.list_sessions(
            SessionFilter(account), now=world.clock.now(), limit=100
        )
        for account in (org.A, org.B)
    ]


async def tell(steps: list[Step]) -> None:
    """Lives through a story in both worlds, and compares them after each step."""
    stories = [
        Story(await ready(StsWorld(*DIRECTORIES[0], chains=CHAINS)), forgetful)
        for forgetful in (False, True)
    ]

    for step in steps:
        seen, anew = [await story.do(step) for story in stories]
        assert anew == seen
        sessions, others = [await live(story.world) for story in stories]
        assert others == sessions


@tries(100)
@given(steps=STEPS)
def test_nobody_can_tell(steps: list[Step]) -> None:
    """Answers, tokens, records, refusals and audit records are the same."""
    asyncio.run(tell(steps))


def test_same_call_again_and_again() -> None:
    """One call is answered alike before and after everything that may change."""
    again = replace(CALLED, policy=OPEN)
    directories = [Declare(number) for number in range(len(DIRECTORIES))]
    changes: list[Step] = [Rotate(anew=False), Rotate(anew=True), Pass(20)]
    changes += [*directories, Declare(0), Revoke(0)]
    story: list[Step] = [again, again]
    for change in changes:
        story += [change, again, replace(again, name="other"), again]

    asyncio.run(tell(story))


@pytest.mark.parametrize("role_arn", [org.TAGGED, org.READER])
def test_each_change_is_seen(role_arn: str) -> None:
    """A call that differs in one thing is answered by what it says itself."""
    usual = replace(CALLED, role_arn=role_arn)
    story: list[Step] = [usual]
    for change in CHANGES:
        other = replace(usual, **change)
        story += [other, usual, other]

    asyncio.run(tell(story))
