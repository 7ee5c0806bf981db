"""Workers with clocks that jump, one store, and somebody who tries codes.

Whatever the order: a code is good once, a lock holds, and no more attempts are looked
at than the rules let in. SPEC: sts-operations 1.1; attacks M01, M05, M07, M08 and M15;
reliability 14.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from daypass.core.errors import AccessDeniedError
from daypass.core.secret import Secret
from daypass.federation.totp import code_of, matching_steps, step_at
from daypass.sts.audit import AuditEntry
from daypass.sts.pipeline import Invocation
from daypass.sts.second_factor import SecondFactor
from support.properties import tries
from support.sts_world import CALL, StsWorld, ready
from support.world import ManualClock

USER = "arn:aws:iam::111122223333:user/u"
PHONE = "arn:aws:iam::111122223333:mfa/phone"
ACCOUNT = """
account: {id: "111122223333", name: development}
users: {u: {}}
mfa_devices:
  phone: {user: u, seed: {file: phone}}
"""
WORKERS = 3
LOCKS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=24))
SHORT_WHILE = timedelta(minutes=3)
DAY = timedelta(days=1)
workers = st.integers(0, WORKERS - 1)


class Attempts(RuleBasedStateMachine):
    """The rules of attempts, against a model that remembers everything."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.offsets = [timedelta(0)] * WORKERS
        self.used: set[int] = set()
        self.looked_at: list[datetime] = []
        self.failed: list[datetime] = []
        self.in_a_row = 0

    def teardown(self) -> None:
        """Ends the loop of the test."""
        self.loop.close()

    @initialize()
    def begin(self) -> None:
        """Starts the workers, each with a clock of its own."""
        self.world = self.loop.run_until_complete(ready(StsWorld(ACCOUNT)))
        account = self.world.directory.current().account("111122223333")
        assert account is not None
        self.caller = self.world.user(USER)
        self.seed = account.mfa_devices[PHONE].seed
        self.clocks = [ManualClock(self.world.clock.now()) for _ in range(WORKERS)]
        self.factors = [
            SecondFactor(
                directory=self.world.directory, guards=self.world.guards, clock=clock
            )
            for clock in self.clocks
        ]

    @rule(minutes=st.sampled_from((0.5, 1, 3, 14.9, 15, 60, 24 * 60)))
    def wait(self, minutes: float) -> None:
        """Lets time pass for all."""
        for clock in (*self.clocks, self.world.clock):
            clock.advance(timedelta(minutes=minutes))

    @rule(worker=workers, offset=st.sampled_from((-3600, -30, 0, 30, 3600)))
    def jump(self, worker: int, offset: int) -> None:
        """Sets the clock of one worker ahead, back, or right again."""
        now = timedelta(seconds=offset)
        self.clocks[worker].step(now - self.offsets[worker])
        self.offsets[worker] = now

    @rule(worker=workers, offset=st.integers(-2, 2))
    def show_code(self, worker: int, offset: int) -> None:
        """Shows a code of the window, used before or not."""
        now = self.clocks[worker].now()
        self.attempt(worker, code_of(self.seed, step_at(now) + offset))

    @rule(worker=workers, times=st.integers(1, 6))
    def guess(self, worker: int, times: int) -> None:
        """Shows wrong codes."""
        now = self.clocks[worker].now()
        guesses = (Secret(f"{number:06}") for number in range(100))
        wrong = next(one for one in guesses if not matching_steps(self.seed, one, now))
        for _ in range(times):
            self.attempt(worker, wrong)

    def attempt(self, worker: int, shown: Secret) -> None:
        """Shows a code, and holds what becomes of it against the model."""
        now = self.clocks[worker].now()
        steps = matching_steps(self.seed, shown, now)
        outcome = self.outcome(worker, shown)
        if self.looked_at and self.looked_at[-1] + 2 * DAY <= now:
            # What was known is too old, and whatever is written now replaces it.
            self.looked_at, self.failed, self.in_a_row = [], [], 0
        if self.is_closed(now):
            assert outcome in {
                "mfa_locked",
                "mfa_attempts_too_many",
                "mfa_failures_of_day",
            }
            return
        self.looked_at.append(now)
        if not steps:
            assert "mfa_code_wrong" == outcome
            self.in_a_row += 1
            self.failed.append(now)
        elif self.used & set(steps):
            assert "mfa_code_used" == outcome
            self.used |= set(steps)
        else:
            assert "good" == outcome
            self.used |= set(steps)
            self.in_a_row = 0

    def outcome(self, worker: int, shown: Secret) -> str:
        """Returns what becomes of a code: `good`, or the inner reason."""
        entry = AuditEntry("Test", CALL, self.caller, "d")
        invocation = Invocation(self.caller, CALL, entry)
        check = self.factors[worker].check(PHONE, shown, invocation)
        try:
            self.loop.run_until_complete(check)
        except AccessDeniedError as error:
            return error.detail
        return "good"

    def is_closed(self, now: datetime) -> bool:
        """Tells whether the model lets no attempt in."""
        locks, beyond = divmod(self.in_a_row, 5)
        if locks and not beyond and max(self.failed) > now - LOCKS[min(locks, 3) - 1]:
            return True
        recent = [time for time in self.looked_at if time > now - SHORT_WHILE]
        failed = [time for time in self.failed if time > now - DAY]
        return len(recent) >= 9 or len(failed) >= 12


def test_rules_hold() -> None:
    """Every order of attempts, waits and jumps that is tried keeps the rules."""
    run_state_machine_as_test(Attempts, settings=tries(60))
