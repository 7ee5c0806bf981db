"""Questions about access and their answers, between protobuf and the use cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.api.access.v1 import access_service_pb2 as pb
from daypass.api.token.v1 import token_service_pb2 as token_pb
from daypass.core.secret import Secret
from daypass.policy.decision import Effect, Slot
from daypass.policy.explanation import Side
from daypass.rpc import convert_access
from daypass.rpc.convert_decision import explanation
from daypass.sts.access_question import AccessQuestion, ContextEntry
from daypass.sts.authorize_access import AccessAnswer, AuthorizeRequest
from daypass.sts.explain_decision import ExplainedDecision
from daypass.sts.simulate import (
    ReplacedSlots,
    SimulatedCaller,
    SimulateRequest,
    Simulation,
    SimulationResult,
)
from daypass.sts.verdict import Verdict
from support.explanations import EMPTY, FULL
from support.messages import unset_fields
from support.world import START

QUESTION = pb.AccessQuestion(
    action="s3:GetObject",
    resource="arn:aws:s3:::b/k",
    resource_policy="{}",
    context=[
        pb.ContextEntry(key="aws:SourceIp", values=["10.0.0.1", "10.0.0.2"]),
        pb.ContextEntry(key="app:none"),
    ],
)
ASKED = AccessQuestion(
    action="s3:GetObject",
    resource="arn:aws:s3:::b/k",
    resource_policy="{}",
    context=(
        ContextEntry("aws:SourceIp", ("10.0.0.1", "10.0.0.2")),
        ContextEntry("app:none"),
    ),
)
ANSWER = AccessAnswer(
    allowed=True,
    decision_id="d-1",
    principal_arn="arn:aws:iam::111122223333:user/dev",
    effect=Effect.ALLOW,
    slot=Slot.IDENTITY,
    reason="it is authorized",
    missing_keys=("aws:MultiFactorAuthPresent",),
)
EXPLAINED = ExplainedDecision(
    decision_id="d-1",
    decide_time=START,
    expire_time=START + timedelta(hours=1),
    operation="AssumeRole",
    caller_arn="arn:aws:iam::111122223333:user/dev",
    caller_account_id="111122223333",
    resource_account_id="123456789012",
    reason="it is not authorized",
    side=Side.RESOURCE,
    explanation=FULL,
)


def test_token_carried() -> None:
    """A question about a session carries its token as a secret."""
    message = pb.AuthorizeRequest(session_token="t", question=QUESTION)

    found = convert_access.authorize_request(message)

    assert AuthorizeRequest(ASKED, session_token=Secret("t")) == found


def test_user_carried() -> None:
    """A question about a user carries its ARN and no token."""
    message = pb.AuthorizeRequest(user_arn="u", question=QUESTION)

    found = convert_access.authorize_request(message)

    assert AuthorizeRequest(ASKED, user_arn="u") == found


@pytest.mark.parametrize("field", ["session_token", "user_arn"])
def test_empty_subject_carried(field: str) -> None:
    """A subject that was sent empty differs from one that was not sent."""
    message = pb.AuthorizeRequest(question=QUESTION)
    setattr(message, field, "")

    found = convert_access.authorize_request(message)

    given = [found.session_token is not None, found.user_arn is not None]
    assert [field == "session_token", field == "user_arn"] == given


def test_missing_question_carried() -> None:
    """Where no question was sent its parts are empty, and there is no policy."""
    found = convert_access.authorize_request(pb.AuthorizeRequest())

    assert AuthorizeRequest(AccessQuestion(action="", resource="")) == found


def test_answer_told() -> None:
    """An answer fills every field of its message."""
    found = convert_access.authorize_response(ANSWER)

    assert set() == unset_fields(found)
    assert ("d-1", ANSWER.principal_arn, ANSWER.reason, True) == (
        found.decision.decision_id,
        found.decision.principal_arn,
        found.decision.reason,
        found.decision.allowed,
    )


@pytest.mark.parametrize("effect", [Effect.IMPLICIT_DENY, Effect.EXPLICIT_DENY])
def test_denial_told(effect: Effect) -> None:
    """A denial is an answer that does not allow."""
    answer = replace(ANSWER, allowed=False, effect=effect, slot=None)

    found = convert_access.authorize_response(answer)

    assert "decision" == found.WhichOneof("outcome")
    assert not found.decision.allowed


@pytest.mark.parametrize("verdict", Verdict)
def test_rejection_told(verdict: Verdict) -> None:
    """A token that is not good is told as VerifyToken tells it."""
    found = convert_access.authorize_response(verdict)

    name = token_pb.TokenRejection.Reason.Name(found.rejection.reason)
    assert ("rejection", f"REASON_{verdict.name}") == (
        found.WhichOneof("outcome"),
        name,
    )


@pytest.mark.parametrize(
    ("message", "caller"),
    [
        (pb.SimulatedCaller(), SimulatedCaller()),
        (pb.SimulatedCaller(principal_arn="p"), SimulatedCaller(principal_arn="p")),
        (pb.SimulatedCaller(service=""), SimulatedCaller(service="")),
        (
            pb.SimulatedCaller(federated_provider="f"),
            SimulatedCaller(federated_provider="f"),
        ),
        (pb.SimulatedCaller(anonymous=False), SimulatedCaller()),
        (pb.SimulatedCaller(anonymous=True), SimulatedCaller(anonymous=True)),
    ],
)
def test_caller_carried(message: pb.SimulatedCaller, caller: SimulatedCaller) -> None:
    """The one kind of caller that was sent is carried, and no other."""
    found = convert_access.simulate_request(pb.SimulateRequest(caller=message))

    assert caller == found.caller


def test_simulation_carried() -> None:
    """Actions, resources, context and policies are carried in their order."""
    message = pb.SimulateRequest(
        caller=pb.SimulatedCaller(anonymous=True),
        actions=["a:B", "a:C"],
        resources=["*", "r"],
        context=QUESTION.context,
        slots=pb.ReplacedSlots(
            identity=pb.PolicyDocuments(documents=["1", "2"]),
            boundary=pb.PolicyDocuments(documents=["3"]),
            session=pb.PolicyDocuments(documents=["4"]),
            resource=pb.PolicyDocuments(documents=["5"]),
            scp_levels=pb.PolicyLevels(levels=[pb.PolicyDocuments(documents=["6"])]),
            rcp_levels=pb.PolicyLevels(
                levels=[pb.PolicyDocuments(), pb.PolicyDocuments(documents=["7", "8"])]
            ),
        ),
    )

    found = convert_access.simulate_request(message)

    assert set() == unset_fields(message) - {
        "daypass.api.access.v1.ContextEntry.values",
        "daypass.api.access.v1.PolicyDocuments.documents",
    }
    assert (
        SimulateRequest(
            caller=SimulatedCaller(anonymous=True),
            actions=("a:B", "a:C"),
            resources=("*", "r"),
            context=ASKED.context,
            slots=ReplacedSlots(
                identity=("1", "2"),
                boundary=("3",),
                session=("4",),
                resource=("5",),
                scp_levels=(("6",),),
                rcp_levels=((), ("7", "8")),
            ),
        )
        == found
    )


def test_stored_slots_carried() -> None:
    """Slots that were not sent stay as they are stored."""
    found = convert_access.simulate_request(pb.SimulateRequest())

    assert ReplacedSlots() == found.slots


def test_emptied_slots_carried() -> None:
    """Slots that were sent without documents are emptied, not left as stored."""
    slots = pb.ReplacedSlots(
        identity=pb.PolicyDocuments(),
        boundary=pb.PolicyDocuments(),
        session=pb.PolicyDocuments(),
        resource=pb.PolicyDocuments(),
        scp_levels=pb.PolicyLevels(),
        rcp_levels=pb.PolicyLevels(),
    )

    found = convert_access.simulate_request(pb.SimulateRequest(slots=slots))

    assert ReplacedSlots((), (), (), (), (), ()) == found.slots


def test_results_told() -> None:
    """Results are told in their order, each as its explanation."""
    results = tuple(
        SimulationResult(each.action, each.resource, each.effect, each)
        for each in (FULL, EMPTY)
    )

    found = convert_access.simulate_response(Simulation(results))

    assert [explanation(FULL), explanation(EMPTY)] == list(found.results)


@pytest.mark.parametrize("side", Side)
def test_sides_named(side: Side) -> None:
    """Each side of a decision has its name in the API."""
    found = convert_access.explain_decision_response(replace(EXPLAINED, side=side))

    name = pb.ExplainedDecision.Side.Name(found.decision.side)
    assert f"SIDE_{side.name}" == name


def test_explained_decision_told() -> None:
    """A decision fills every field of its message, each with what it is named for."""
    found = convert_access.explain_decision_response(EXPLAINED).decision

    names = {field.name for field, _ in found.ListFields()}
    assert set(pb.ExplainedDecision.DESCRIPTOR.fields_by_name) == names
    assert ("d-1", "AssumeRole", "111122223333", "123456789012") == (
        found.decision_id,
        found.operation,
        found.caller_account_id,
        found.resource_account_id,
    )
    assert (EXPLAINED.caller_arn, EXPLAINED.reason, timedelta(hours=1)) == (
        found.caller_arn,
        found.reason,
        found.expire_time.ToDatetime() - found.decide_time.ToDatetime(),
    )
    assert explanation(FULL) == found.explanation
