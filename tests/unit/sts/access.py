"""The organisation of the tests about access, and what they ask of it."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from daypass.core.errors import AccessDeniedError
from daypass.core.secret import Secret
from daypass.policy.context import RequestContext
from daypass.policy.evaluate import decide
from daypass.policy.question import PolicySlots, Question
from daypass.sts.access_question import AccessQuestion
from daypass.sts.authorize_access import AccessAnswer, Authorize, AuthorizeRequest
from daypass.sts.caller import Caller
from daypass.sts.decision_views import Denial
from daypass.sts.decode_authorization_message import (
    DecodeAuthorizationMessage,
    DecodeAuthorizationMessageRequest,
)
from daypass.sts.explain_decision import (
    ExplainDecision,
    ExplainDecisionRequest,
    ExplainedDecision,
)
from daypass.sts.pipeline import Invocation
from daypass.sts.simulate import (
    SimulatedCaller,
    SimulateRequest,
    Simulation,
    SimulationResult,
)
from daypass.sts.simulation import Simulate
from daypass.sts.token_judge import TokenJudge
from daypass.sts.verdict import Verdict
from support.sts_world import StsWorld, allow, ready
from unit.sts import organisation as org

C = "555566667777"
# May ask everything, each in an account of its own.
ADA = f"arn:aws:iam::{org.A}:user/ada"
ADMIN = f"arn:aws:iam::{org.B}:user/admin"
MAX = f"arn:aws:iam::{C}:user/max"
# May ask nothing.
CLERK = f"arn:aws:iam::{org.B}:user/clerk"
SECRETIVE = f"arn:aws:iam::{org.B}:role/Secretive"

ADMINISTER = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow,'
    ' Action: ["daypass:*", "sts:*"], Resource: "*"}]}'
)
ACCOUNT_A = org.ACCOUNT_A.replace(
    "  eve: {}", f"  ada: {{policies: {{administer: {ADMINISTER}}}}}\n  eve: {{}}"
)
ACCOUNT_B = (
    org.ACCOUNT_B.replace(allow("daypass:*"), ADMINISTER)
    + f"""
  Secretive:
    tags: {{codename: falcon}}
    trust: {{Version: "2012-10-17", Statement: [{{Sid: Hidden, Effect: Deny,
      Principal: {{AWS: "{org.BOB}"}}, Action: "sts:AssumeRole",
      Condition: {{StringEquals: {{"sts:RoleSessionName": "s1"}}}}}}]}}
"""
)
ACCOUNT_C = f"""
account: {{id: "{C}", name: third}}
users:
  max: {{policies: {{administer: {ADMINISTER}}}}}
"""


FILES = (ACCOUNT_A, ACCOUNT_B, ACCOUNT_C)


async def three_accounts() -> StsWorld:
    """Returns a world in which each account has somebody who may ask."""
    return await ready(StsWorld(*FILES))


async def denial(
    world: StsWorld, caller_arn: str, role_arn: str, **parameters: object
) -> AccessDeniedError:
    """Returns the refusal of an AssumeRole that must be refused, once explained."""
    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(world.user(caller_arn), role_arn, **parameters)
    await world.explain_waiting()
    return caught.value


async def explain(
    world: StsWorld, decision_id: str, asker: str | Caller
) -> ExplainedDecision:
    """Asks why something was refused."""
    operation = ExplainDecision(
        store=world.denials, authorizers=world.authorizers, clock=world.clock
    )
    caller = world.user(asker) if isinstance(asker, str) else asker
    return await world.run(operation, ExplainDecisionRequest(decision_id), caller)


async def decode(world: StsWorld, message: str, asker: str = ADA) -> dict[str, Any]:
    """Opens an authorization message, and reads the JSON in it."""
    operation = DecodeAuthorizationMessage(
        messages=world.messages, authorizers=world.authorizers, clock=world.clock
    )
    request = DecodeAuthorizationMessageRequest(message)
    decoded = await world.run(operation, request, world.user(asker))
    read: dict[str, Any] = json.loads(decoded.decoded_message)
    return read


def authorize(world: StsWorld) -> Authorize:
    """Returns the operation that answers questions about access."""
    return Authorize(
        judge=TokenJudge(
            tokens=world.tokens,
            revocations=world.view,
            directory=world.directory,
            clock=world.clock,
        ),
        directory=world.directory,
        authorizers=world.authorizers,
        decisions=world.decisions,
    )


async def ask(
    world: StsWorld,
    question: AccessQuestion,
    *,
    user: str | None = None,
    token: Secret | None = None,
    asker: str = ADMIN,
) -> AccessAnswer | Verdict:
    """Asks a question about a user or a token."""
    request = AuthorizeRequest(question, session_token=token, user_arn=user)
    return await world.run(authorize(world), request, world.user(asker))


async def answer(
    world: StsWorld,
    question: AccessQuestion,
    *,
    user: str | None = None,
    token: Secret | None = None,
    asker: str = ADMIN,
) -> AccessAnswer:
    """Asks a question that must be decided."""
    outcome = await ask(world, question, user=user, token=token, asker=asker)
    assert isinstance(outcome, AccessAnswer)
    return outcome


class AboutProven:
    """An operation that asks about a caller whom it has proven itself."""

    name: ClassVar[str] = "AuthenticateRequest"
    grants: ClassVar[bool] = False

    def __init__(self, world: StsWorld, subject: Caller) -> None:
        """Asks about this caller."""
        self._world = world
        self._subject = subject

    async def perform(
        self, request: AccessQuestion, invocation: Invocation
    ) -> AccessAnswer:
        """Passes the question on."""
        return await authorize(self._world).authorize(
            self._subject, request, invocation
        )


async def proven(
    world: StsWorld, question: AccessQuestion, user: str, asker: str = ADMIN
) -> AccessAnswer:
    """Asks a question about a user of any account who is proven."""
    operation = AboutProven(world, world.user(user))
    return await world.run(operation, question, world.user(asker))


async def simulate(
    world: StsWorld, request: SimulateRequest, asker: str = ADMIN
) -> Simulation:
    """Runs a simulation."""
    operation = Simulate(
        directory=world.directory, authorizers=world.authorizers, clock=world.clock
    )
    return await world.run(operation, request, world.user(asker))


async def outcome(
    world: StsWorld,
    principal: str | SimulatedCaller,
    action: str,
    resource: str,
    *,
    asker: str = ADMIN,
    **fields: Any,
) -> SimulationResult:
    """Returns the result for one action on one resource."""
    caller = (
        SimulatedCaller(principal_arn=principal)
        if isinstance(principal, str)
        else principal
    )
    request = SimulateRequest(caller, (action,), (resource,), **fields)
    (result,) = (await simulate(world, request, asker)).results
    return result


def unexplainable(world: StsWorld, caller_arn: str, role_arn: str) -> Denial:
    """Returns a denial of a role whose reasons cannot be found."""
    role = world.directory.current().role_by_arn(role_arn)
    assert role is not None
    principal = world.user(caller_arn).principal

    def fails(_: str) -> str | None:
        raise ZeroDivisionError

    question = Question(
        action="sts:AssumeRole",
        resource=role.arn,
        resource_account=role.account_id,
        principal=principal,
        context=RequestContext.of({}),
        slots=PolicySlots(resource=role.trust, resource_policy_required=True),
    )
    return Denial(question, decide(question), {}, principal, "refused", fails)
