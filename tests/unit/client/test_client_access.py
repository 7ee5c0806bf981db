"""Questions about access: what the client sends, and what it makes of the answers."""

from __future__ import annotations

from typing import Any

import pytest

from daypass_client import Credentials, DaypassClient, Profile
from daypass_client._stubs.daypass.api.access.v1 import access_service_pb2 as access
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client.access import (
    ReplacedSlots,
    SimulatedCaller,
    SimulationRequest,
)
from daypass_client.errors import (
    TokenRejectedError,
    UnavailableError,
)
from support.access_answers import (
    AUDITOR,
    DECISION,
    EXPLAINED,
    EXPLANATION,
    QUESTION,
    READ_DECISION,
    READ_EXPLAINED,
    READ_EXPLANATION,
    ROLE,
    SENT_QUESTION,
)
from support.fake_daypass import FakeDaypass


@pytest.fixture
def profile(fake: FakeDaypass, temporary: Credentials) -> Profile:
    """Returns a profile that leads to the fake, with temporary credentials."""
    return fake.profile(temporary)


@pytest.mark.parametrize(
    "subject", [{}, {"session_token": "t", "user_arn": "u"}], ids=["none", "two"]
)
def test_question_about_not_one_is_not_sent(
    fake: FakeDaypass, profile: Profile, subject: dict[str, str]
) -> None:
    """A question is about one principal, no less and no more."""
    with DaypassClient(profile) as client, pytest.raises(ValueError, match="and one"):
        client.authorize(QUESTION, **subject)

    assert [] == fake.calls


@pytest.mark.parametrize("subject", ["session_token", "user_arn"])
def test_question_is_sent_whole(
    fake: FakeDaypass, profile: Profile, subject: str
) -> None:
    """Every part of a question is sent, with the subject that was given."""
    fake.answer(access.AuthorizeResponse(decision=DECISION))

    with DaypassClient(profile) as client:
        client.authorize(QUESTION, **{subject: "x"})

    sent = access.AuthorizeRequest.FromString(fake.calls[0].body)
    assert "/daypass.api.access.v1.AccessService/Authorize" == fake.calls[0].method
    assert (subject, "x", SENT_QUESTION) == (
        sent.WhichOneof("subject"),
        getattr(sent, subject),
        sent.question,
    )


def test_denial_is_false(fake: FakeDaypass, profile: Profile) -> None:
    """A denial is read whole, and is false where it is taken for a yes."""
    fake.answer(access.AuthorizeResponse(decision=DECISION))

    with DaypassClient(profile) as client:
        found = client.authorize(QUESTION, user_arn=AUDITOR)

    assert READ_DECISION == found
    assert not found


def test_grant_is_true(fake: FakeDaypass, profile: Profile) -> None:
    """A grant is true; without a slot that decided it names none."""
    fake.answer(access.AuthorizeResponse(decision=access.AccessDecision(allowed=True)))

    with DaypassClient(profile) as client:
        found = client.authorize(QUESTION, user_arn=AUDITOR)

    assert found
    assert "" == found.slot


@pytest.mark.parametrize(
    "answer",
    [
        access.AuthorizeResponse(
            rejection=tokens.TokenRejection(reason=tokens.TokenRejection.REASON_REVOKED)
        ),
        access.AuthorizeResponse(),
    ],
    ids=["rejection", "nothing"],
)
def test_bad_token_is_raised(
    fake: FakeDaypass, profile: Profile, answer: access.AuthorizeResponse
) -> None:
    """A token that is not good is raised, as by `verify_token`; so is no answer."""
    fake.answer(answer)

    with DaypassClient(profile) as client, pytest.raises(TokenRejectedError) as caught:
        client.authorize(QUESTION, session_token="t")

    wanted = "revoked" if answer.HasField("rejection") else "unspecified"
    assert wanted == caught.value.reason


@pytest.mark.parametrize(
    "caller",
    [
        SimulatedCaller(),
        SimulatedCaller(principal_arn="p", service="s"),
        SimulatedCaller(service="s", anonymous=True),
    ],
    ids=["none", "two", "somebody and nobody"],
)
def test_simulation_of_not_one_is_not_sent(
    fake: FakeDaypass, profile: Profile, caller: SimulatedCaller
) -> None:
    """A simulation is about one kind of caller."""
    request = SimulationRequest(caller=caller, actions=("a:B",))

    with DaypassClient(profile) as client, pytest.raises(ValueError, match="exactly"):
        client.simulate(request)

    assert [] == fake.calls


@pytest.mark.parametrize(
    ("caller", "sent_caller"),
    [
        (
            SimulatedCaller(principal_arn="p"),
            access.SimulatedCaller(principal_arn="p"),
        ),
        (SimulatedCaller(service="s"), access.SimulatedCaller(service="s")),
        (
            SimulatedCaller(federated_provider="f"),
            access.SimulatedCaller(federated_provider="f"),
        ),
        (SimulatedCaller(anonymous=True), access.SimulatedCaller(anonymous=True)),
    ],
)
def test_simulated_caller_is_sent(
    fake: FakeDaypass,
    profile: Profile,
    caller: SimulatedCaller,
    sent_caller: access.SimulatedCaller,
) -> None:
    """The kind of caller that was given is sent; what is stored stays."""
    fake.answer(access.SimulateResponse())

    with DaypassClient(profile) as client:
        client.simulate(SimulationRequest(caller=caller, actions=("a:B",)))

    sent = access.SimulateRequest.FromString(fake.calls[0].body)
    assert sent_caller == sent.caller
    assert access.ReplacedSlots() == sent.slots


def test_simulation_is_sent_whole(fake: FakeDaypass, profile: Profile) -> None:
    """Actions, resources, context and policies are sent, emptied slots too."""
    fake.answer(access.SimulateResponse(results=[EXPLANATION]))
    request = SimulationRequest(
        caller=SimulatedCaller(anonymous=True),
        actions=("a:B", "a:C"),
        resources=("*", ROLE),
        context=QUESTION.context,
        slots=ReplacedSlots(
            identity=("1", "2"),
            boundary=(),
            session=("3",),
            resource=("4",),
            scp_levels=(("5",), ()),
            rcp_levels=(),
        ),
    )

    with DaypassClient(profile) as client:
        found = client.simulate(request)

    sent = access.SimulateRequest.FromString(fake.calls[0].body)
    assert (READ_EXPLANATION,) == found
    assert not found[0].allowed
    assert (["a:B", "a:C"], ["*", ROLE], list(SENT_QUESTION.context)) == (
        list(sent.actions),
        list(sent.resources),
        list(sent.context),
    )
    levels = [access.PolicyDocuments(documents=["5"]), access.PolicyDocuments()]
    assert (
        access.ReplacedSlots(
            identity=access.PolicyDocuments(documents=["1", "2"]),
            boundary=access.PolicyDocuments(),
            session=access.PolicyDocuments(documents=["3"]),
            resource=access.PolicyDocuments(documents=["4"]),
            scp_levels=access.PolicyLevels(levels=levels),
            rcp_levels=access.PolicyLevels(),
        )
        == sent.slots
    )


def test_decision_is_explained(fake: FakeDaypass, profile: Profile) -> None:
    """A decision is asked for by its id, and read whole."""
    fake.answer(EXPLAINED)

    with DaypassClient(profile) as client:
        found = client.explain_decision("decision-1")

    sent = access.ExplainDecisionRequest.FromString(fake.calls[0].body)
    assert ("decision-1", READ_EXPLAINED) == (sent.decision_id, found)


def test_newer_words_are_told_by_number(fake: FakeDaypass, profile: Profile) -> None:
    """An outcome of a newer server is told by its number, and is no yes."""
    answer: Any = access.SimulateResponse()
    answer.results.add().MergeFromString(b"\x08\x63\x28\x62")
    fake.answer(answer)

    with DaypassClient(profile) as client:
        (found,) = client.simulate(
            SimulationRequest(caller=SimulatedCaller(service="s"), actions=("a:B",))
        )

    assert ("decision_effect_99", "policy_slot_98") == (found.effect, found.slot)
    assert not found.allowed


def test_message_is_decoded(fake: FakeDaypass, profile: Profile) -> None:
    """The message is sent as it was, and its text returned."""
    fake.answer(sts.DecodeAuthorizationMessageResponse(decoded_message="{}"))

    with DaypassClient(profile) as client:
        found = client.decode_authorization_message("sealed")

    sent = sts.DecodeAuthorizationMessageRequest.FromString(fake.calls[0].body)
    assert ("sealed", "{}") == (sent.encoded_message, found)


def test_garbage_is_unreadable(fake: FakeDaypass, profile: Profile) -> None:
    """An answer that is not of the method is told as such."""
    fake.answer(b"\xff")

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        client.explain_decision("decision-1")
