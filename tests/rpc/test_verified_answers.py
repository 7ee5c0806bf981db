"""Answers about tokens as bytes: those of the library, and never those of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.api.token.v1 import token_service_pb2 as pb
from daypass.core.principal import RoleSession
from daypass.core.session import Session, SessionKind
from daypass.rpc.convert_token import verify_token_response
from daypass.rpc.verified_answers import VerifiedAnswers
from daypass.rpc.wire import field_of_bytes, varint
from daypass.sts.verdict import Verdict
from daypass.sts.verify_token import Judgement, VerifiedToken
from support.door import ACCOUNT, USER, session_of

SECOND = timedelta(seconds=1)
SESSION = session_of(SessionKind.USER)


@pytest.mark.parametrize(
    "outcome",
    [
        Verdict.EXPIRED,
        VerifiedToken(SESSION, USER, timedelta(0)),
        VerifiedToken(SESSION, USER, timedelta(days=2, seconds=3, microseconds=4)),
        VerifiedToken(
            replace(SESSION, tags={"team": "é" * 200}, source_identity="me"),
            USER,
            SECOND,
        ),
    ],
    ids=["a verdict", "no age", "an old view", "a long token"],
)
def test_bytes_are_the_librarys(outcome: Judgement) -> None:
    """An answer is what the library writes, made anew and remembered."""
    answers = VerifiedAnswers()
    expected = verify_token_response(outcome).SerializeToString()

    assert [expected, expected] == [answers.one(outcome), answers.one(outcome)]


def test_batch_is_the_librarys() -> None:
    """So is the answer to a batch."""
    outcomes: list[Judgement] = [
        Verdict.REVOKED,
        *[VerifiedToken(SESSION, USER, SECOND)] * 2,
    ]

    made = VerifiedAnswers().many(outcomes)

    results = map(verify_token_response, outcomes)
    assert pb.BatchVerifyTokensResponse(results=results).SerializeToString() == made


def test_age_is_not_remembered() -> None:
    """Of one token, each answer says how old the view is then."""
    answers = VerifiedAnswers()

    ages = [
        pb.VerifyTokenResponse.FromString(
            answers.one(VerifiedToken(SESSION, USER, seconds * SECOND))
        ).verified.revocation_view_age.seconds
        for seconds in (1, 2, 1)
    ]

    assert [1, 2, 1] == ages
    assert 1 == len(answers)


def test_principal_is_not_remembered_for_another() -> None:
    """A session whose principal has another name by now is shown with that."""
    answers = VerifiedAnswers()
    renamed = RoleSession("aws", ACCOUNT, "/", "Writer", "AROAEXAMPLE", "name")
    answers.one(VerifiedToken(SESSION, USER, SECOND))

    answer = answers.one(VerifiedToken(SESSION, renamed, SECOND))

    assert (
        renamed.arn == pb.VerifyTokenResponse.FromString(answer).verified.principal.arn
    )


def test_memory_is_bounded() -> None:
    """What the last tokens said is remembered, and no more; none is mixed up."""
    answers = VerifiedAnswers(size_max=2)
    sessions = [replace(SESSION, access_key_id=f"key-{each}") for each in range(5)]

    names = _names(answers, [*sessions, *reversed(sessions)])

    expected = [f"key-{each}" for each in (0, 1, 2, 3, 4, 4, 3, 2, 1, 0)]
    assert expected == names
    assert 2 == len(answers)


def test_session_at_the_same_place() -> None:
    """A session that is gone leaves no answer to one that comes after it."""
    answers = VerifiedAnswers(size_max=1)
    names: list[str] = []
    for each in range(50):
        names += _names(answers, [replace(SESSION, access_key_id=f"key-{each}")])

    assert [f"key-{each}" for each in range(50)] == names


def _names(answers: VerifiedAnswers, sessions: Sequence[Session]) -> list[str]:
    return [
        pb.VerifyTokenResponse.FromString(
            answers.one(VerifiedToken(session, USER, SECOND))
        ).verified.access_key_id
        for session in sessions
    ]


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_numbers_as_the_library_has_them(number: int) -> None:
    """A number is written as the library writes it."""
    message = pb.VerifiedToken()
    message.revocation_view_age.seconds = number
    inner = message.revocation_view_age.SerializeToString()

    assert inner == (b"\x08" + varint(number) if number else b"")


@given(st.text(max_size=300))
def test_texts_as_the_library_has_them(text: str) -> None:
    """A field of text is written as the library writes it, whatever its length."""
    expected = pb.VerifiedToken(origin_id=text).SerializeToString()

    assert expected == (field_of_bytes(10, text.encode()) if text else b"")
