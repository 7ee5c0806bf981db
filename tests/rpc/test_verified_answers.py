"""Answers about tokens as bytes: those of the library, and never those of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from daypass.api.token.v1 import token_service_pb2 as pb
from daypass.core.principal import RoleSession, RootUser
from daypass.core.session import SessionKind
from daypass.rpc.convert_token import verify_token_response
from daypass.rpc.verified_answers import VerifiedAnswers
from daypass.rpc.wire import duration, varint
from daypass.sts.token_judge import GoodToken, VerifiedToken
from daypass.sts.verdict import Verdict
from daypass.sts.verify_token import Judgement
from support.door import USER, session_of

SECOND = timedelta(seconds=1)
SESSION = session_of(SessionKind.USER)


@pytest.mark.parametrize(
    "outcome",
    [
        Verdict.EXPIRED,
        VerifiedToken(GoodToken(SESSION, USER), timedelta(0)),
        VerifiedToken(
            GoodToken(SESSION, USER), timedelta(days=2, seconds=3, microseconds=4)
        ),
        VerifiedToken(
            GoodToken(
                replace(SESSION, tags={"team": "é" * 200}, source_identity="me"), USER
            ),
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


TEXTS = st.text(max_size=200)


@given(
    texts=st.tuples(TEXTS, TEXTS, TEXTS),
    tags=st.dictionaries(TEXTS, TEXTS, max_size=2),
    begin=st.integers(0, 253_402_300_799),
    kind=st.sampled_from(SessionKind),
    principal=st.builds(RoleSession, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
    | st.builds(RootUser, TEXTS, TEXTS),
    age=st.timedeltas(min_value=timedelta(0)),
)
def test_any_token_is_written_as_by_the_library(
    texts: tuple[str, str, str],
    tags: dict[str, str],
    begin: int,
    kind: SessionKind,
    principal: RoleSession | RootUser,
    age: timedelta,
) -> None:
    """Whatever a token says, the answer is what the library writes."""
    name, origin, identity = texts
    instant = datetime.fromtimestamp(begin, UTC)
    session = replace(
        SESSION,
        kind=kind,
        session_name=name,
        origin_id=origin,
        source_identity=identity,
        tags=tags,
        transitive_tag_keys=frozenset(tags),
        issue_time=instant,
        expire_time=instant,
    )
    outcome = VerifiedToken(GoodToken(session, principal), age)

    found = pb.VerifyTokenResponse.FromString(VerifiedAnswers().one(outcome))

    assert verify_token_response(outcome) == found


def test_batch_is_the_librarys() -> None:
    """So is the answer to a batch."""
    outcomes: list[Judgement] = [
        Verdict.REVOKED,
        *[VerifiedToken(GoodToken(SESSION, USER), SECOND)] * 2,
    ]

    made = VerifiedAnswers().many(outcomes)

    results = map(verify_token_response, outcomes)
    assert pb.BatchVerifyTokensResponse(results=results).SerializeToString() == made


def test_age_is_not_remembered() -> None:
    """Of one token, each answer says how old the view is then."""
    answers, good = VerifiedAnswers(), GoodToken(SESSION, USER)

    ages = [
        pb.VerifyTokenResponse.FromString(
            answers.one(VerifiedToken(good, seconds * SECOND))
        ).verified.revocation_view_age.seconds
        for seconds in (1, 2, 1)
    ]

    assert [1, 2, 1] == ages


def test_each_token_keeps_its_own() -> None:
    """What is kept by one token is never answered of another."""
    answers = VerifiedAnswers()
    names = [f"key-{each % 3}" for each in range(9)]
    tokens = {
        name: GoodToken(replace(SESSION, access_key_id=name), USER) for name in names
    }

    answered = [
        pb.VerifyTokenResponse.FromString(
            answers.one(VerifiedToken(tokens[name], SECOND))
        ).verified.access_key_id
        for name in names
    ]

    assert names == answered


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_numbers_as_the_library_has_them(number: int) -> None:
    """A number is written as the library writes it."""
    message = pb.VerifiedToken()
    message.revocation_view_age.seconds = number
    inner = message.revocation_view_age.SerializeToString()

    assert inner == (b"\x08" + varint(number) if number else b"")


@given(st.timedeltas(min_value=timedelta(0)))
def test_spans_as_the_library_has_them(span: timedelta) -> None:
    """A span is written as the library writes it, in whole microseconds."""
    days, seconds = divmod(span, timedelta(days=1))
    message = Duration(
        seconds=days * 86_400 + seconds.seconds, nanos=span.microseconds * 1_000
    )

    assert message.SerializeToString() == duration(span)
