"""Defects of ours that a call survives are in the log, and their secrets are not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, cast

import pytest
import pytest_asyncio

from daypass.core.errors import AccessDeniedError
from daypass.core.secret import Secret
from daypass.policy.context import RequestContext
from daypass.policy.question import PolicySlots, Question
from daypass.sts.audit import AuditEntry
from daypass.sts.decision_views import Denial
from daypass.sts.faults import decide_and_log
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.telemetry.logs import set_up_logging
from support.sts_world import CALL, StsWorld
from support.world import ManualClock
from unit.sts import access
from unit.sts import organisation as org

HIDDEN = "hunter2"


class Broken:
    """A policy that cannot be read, because of something with a secret in it."""

    @property
    def statements(self) -> Any:
        """Never returns.

        Raises:
            LookupError: always.
        """
        raise LookupError("no such statement", Secret(HIDDEN))


BROKEN = cast("Any", Broken())


class Log:
    """The log of a server, as it is written."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self._logging = set_up_logging(
            level="info",
            log_format="json",
            stream=self._stream,
            clock=ManualClock(),
        )

    def lines(self) -> list[dict[str, Any]]:
        """Ends the log and returns its events."""
        self._logging.close()
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    """Yields a log without a line."""
    log = Log()
    yield log
    log.lines()


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts, each with somebody who may ask."""
    return await access.three_accounts()


def question(world: StsWorld, **slots: Any) -> Question:
    """Returns a question that a user asks about its own account."""
    return Question(
        action="sts:AssumeRole",
        resource=org.LOCAL,
        resource_account=org.A,
        principal=world.user(org.BOB).principal,
        context=RequestContext.of({}),
        slots=PolicySlots(**slots),
    )


async def test_failed_decision_logged_once(world: StsWorld, log: Log) -> None:
    """A caller who is refused by a defect leaves its traceback, and no secret."""
    caller = world.user(org.BOB)
    entry = AuditEntry("AssumeRole", CALL, caller, "decision-1")
    target = Target(org.READER, org.B, trust=BROKEN)
    asked = world.authorizers.authorize(target, {}, Invocation(caller, CALL, entry))

    with pytest.raises(AccessDeniedError) as caught:
        asked.require("sts:AssumeRole")

    lines = log.lines()
    [line] = [each for each in lines if each["event"] == "a decision failed"]
    assert "policy_internal_error" == caught.value.detail
    assert "error" == line["level"]
    assert "LookupError: ('no such statement'" in line["exception"]
    assert HIDDEN not in json.dumps(lines)


async def test_decision_without_fault_not_logged(world: StsWorld, log: Log) -> None:
    """A denial by policy is no defect, and leaves no such line."""
    decision = decide_and_log(question(world))

    assert not decision.allowed
    assert [] == log.lines()


@pytest.mark.parametrize("as_error", [True, False])
async def test_failed_explanation_logged(
    world: StsWorld, log: Log, *, as_error: bool
) -> None:
    """A denial that cannot be explained leaves the traceback of why, once."""
    caller = world.user(org.BOB)
    entry = AuditEntry("AssumeRole", CALL, caller, "decision-1")
    asked = question(world)
    unexplainable = Denial(
        question=question(world, identity=(BROKEN,)),
        decision=decide_and_log(asked),
        keys={},
        principal=caller.principal,
        reason="no",
        arn_of=lambda _: None,
    )
    refuse = world.decisions.refuse if as_error else world.decisions.note

    refuse(unexplainable, entry)

    [line] = log.lines()
    assert "a denial could not be explained" == line["event"]
    assert "LookupError" in line["exception"]
    assert HIDDEN not in json.dumps(line)
