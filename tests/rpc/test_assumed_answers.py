"""Answers of AssumeRole as bytes are what the library would write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.core.credentials import Credentials
from daypass.core.errors import AccessDeniedError, ThrottlingError
from daypass.core.secret import Secret
from daypass.rpc.assumed_answers import assume_role_answer, batch_answer
from daypass.rpc.convert_sts import assume_role_response, batch_result
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.batch import BatchItem

TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.integers(0, 20_000).map(
    lambda size: "x" * size
)
INSTANTS = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - the time zone is named beside it.
    timezones=st.just(UTC) | st.timezones(),
)
RESULTS = st.builds(
    AssumeRoleResult,
    st.builds(Credentials, TEXTS, TEXTS.map(Secret), TEXTS.map(Secret), INSTANTS),
    TEXTS,
    TEXTS,
    st.none() | st.integers(0, 2**31 - 1),
    st.none() | TEXTS,
    st.integers(0, 80_000),
)
ERRORS = st.sampled_from(
    [
        AccessDeniedError("inner", message="no", metadata={"decision_id": "d.1"}),
        ThrottlingError(retry_after=timedelta(seconds=2)),
    ]
)


@given(RESULTS)
def test_answer_is_what_the_library_writes(result: AssumeRoleResult) -> None:
    """Whatever an answer holds, its bytes are those of the message."""
    assert assume_role_response(result).SerializeToString() == assume_role_answer(
        result
    )


@given(st.lists(st.builds(BatchItem, RESULTS | ERRORS), max_size=4))
def test_batch_is_what_the_library_writes(items: list[BatchItem]) -> None:
    """Items stand in their order, whether they were granted or refused."""
    message = pb.BatchAssumeRoleResponse(results=map(batch_result, items))

    # NOTE: an error may have several metadata, whose order the library does not keep.
    assert message == pb.BatchAssumeRoleResponse.FromString(batch_answer(items))
