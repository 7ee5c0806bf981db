"""The same bytes are the same request; what is good once is never kept."""

from __future__ import annotations

import pytest
from google.protobuf.message import DecodeError

from daypass.api.sts.v1.sts_service_pb2 import (
    AssumeRoleRequest as Message,
)
from daypass.api.sts.v1.sts_service_pb2 import PolicyDescriptor, ProvidedContext, Tag
from daypass.core import work_limits
from daypass.rpc.convert_sts import (
    assume_role_request,
    holds_secrets,
    read_assume_role_request,
)
from daypass.rpc.remembered_requests import RememberedRequests
from daypass.sts.assume_role_request import AssumeRoleRequest

ROLE = "arn:aws:iam::111122223333:role/Reader"


def requests(**bounds: int) -> RememberedRequests[AssumeRoleRequest]:
    """Returns what reads AssumeRole, as the door does."""
    return RememberedRequests(
        read_assume_role_request, holds_secrets=holds_secrets, **bounds
    )


def body(**fields: object) -> bytes:
    """Returns a request, each time in bytes of their own."""
    return Message(role_arn=ROLE, role_session_name="me", **fields).SerializeToString()  # type: ignore[arg-type]


def test_same_bytes_same_request() -> None:
    """The same object is handed out for equal bytes, and it is what they say."""
    reader = requests()

    first, second = reader.read(body()), reader.read(body())

    assert first is second
    assert assume_role_request(Message.FromString(body())) == first


def test_one_byte_more_is_another() -> None:
    """Bytes that differ in anything are another request."""
    reader = requests()

    found = [
        reader.read(body()),
        reader.read(body(duration_seconds=900)),
        reader.read(body(external_id="")),
        # A field that nobody knows.
        reader.read(body() + b"\xa2\x06\x01a"),
    ]

    assert 4 == len({id(each) for each in found})
    assert [None, 900, None, None] == [each.duration_seconds for each in found]
    assert [None, None, "", None] == [each.external_id for each in found]


@pytest.mark.parametrize(
    "secret",
    [
        {"token_code": "123456"},
        {"token_code": ""},
        {"provided_contexts": [ProvidedContext(context_assertion="a")]},
    ],
    ids=["code", "empty code", "assertion"],
)
def test_secrets_are_not_kept(secret: dict[str, object]) -> None:
    """A request that brings a code or an assertion leaves nothing behind."""
    reader = requests()

    first, second = reader.read(body(**secret)), reader.read(body(**secret))

    assert first is not second
    assert first == second
    assert 0 == len(reader)


def test_long_ones_are_not_kept() -> None:
    """A request that is longer than the bound is read each time."""
    most = work_limits.REQUEST_REMEMBERED_BYTES_MAX
    overhead = len(body(policy="x" * most)) - most
    reader = requests()

    reader.read(body(policy="x" * (most - overhead + 1)))
    assert 0 == len(reader)

    reader.read(body(policy="x" * (most - overhead)))
    assert 1 == len(reader)


def test_memory_is_bounded() -> None:
    """The last ones are kept, and no more."""
    reader = requests(size_max=2)

    for seconds in range(900, 910):
        reader.read(body(duration_seconds=seconds))

    assert 2 == len(reader)


def test_nothing_of_what_is_no_message() -> None:
    """Bytes that are no request are refused each time."""
    reader = requests()

    for _ in range(2):
        with pytest.raises(DecodeError):
            reader.read(b"\xff")

    assert 0 == len(reader)


def test_every_field_is_read() -> None:
    """A request with all fields has all of them as a value."""
    message = Message(
        role_arn=ROLE,
        role_session_name="me",
        policy_arns=[PolicyDescriptor(arn="p")],
        policy="{}",
        duration_seconds=1,
        tags=[Tag(key="k", value="v")],
        transitive_tag_keys=["k"],
        external_id="x",
        serial_number="s",
        token_code="1",
        source_identity="i",
        provided_contexts=[ProvidedContext(provider_arn="a", context_assertion="b")],
        minimum_session_token_size=2,
    )
    assert len(message.ListFields()) == len(Message.DESCRIPTOR.fields)

    request = assume_role_request(message)

    values = [getattr(request, name) for name in AssumeRoleRequest.__dataclass_fields__]
    assert all(values)
    assert 13 == len(values)
