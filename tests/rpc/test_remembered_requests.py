"""The same bytes are the same request, under whatever name; secrets are never kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from daypass.api.sts.v1.sts_service_pb2 import (
    AssumeRoleRequest as Message,
)
from daypass.api.sts.v1.sts_service_pb2 import BatchAssumeRoleRequest as Batch
from daypass.api.sts.v1.sts_service_pb2 import PolicyDescriptor, ProvidedContext, Tag
from daypass.core import work_limits
from daypass.rpc.convert_sts import assume_role_request, read_assume_role_request
from daypass.rpc.remembered_requests import RememberedRequests
from daypass.rpc.wire import varint
from daypass.sts.assume_role_request import AssumeRoleRequest

T = TypeVar("T")
ROLE = "arn:aws:iam::111122223333:role/Reader"


def body(name: str = "me", **fields: Any) -> bytes:
    """Returns a request, each time in bytes of their own."""
    return Message(role_arn=ROLE, role_session_name=name, **fields).SerializeToString()


def test_same_bytes_same_request() -> None:
    """The same object is handed out for equal bytes, and it is what they say."""
    reader = RememberedRequests()

    first, second = reader.read(body()), reader.read(body())

    assert first is second
    assert assume_role_request(Message.FromString(body())) == first


def test_one_byte_more_is_another() -> None:
    """Bytes that differ in anything are another request."""
    reader = RememberedRequests()

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


def test_other_name_same_request() -> None:
    """One that differs in the session's name is read no more, and has its own name."""
    reader = RememberedRequests()

    found = [reader.read(body(name, duration_seconds=900)) for name in ("a", "b", "me")]

    assert 1 == len(reader)
    assert 1 == len({each.likeness for each in found})
    assert ["a", "b", "me"] == [each.role_session_name for each in found]
    assert found[1] == replace(found[0], role_session_name="b")


@pytest.mark.parametrize("again", ["", "a", "b", "me"])
def test_name_that_stands_twice_is_not_kept(again: str) -> None:
    """Where the name is there once more the last one counts, each time."""
    reader = RememberedRequests()
    more = b"\x12%c%b" % (len(again), again.encode())

    found = [reader.read(body(name) + more) for name in ("me", "a", "b", "me")]

    assert 0 == len(reader)
    assert {again or None} == {each.role_session_name for each in found}


@pytest.mark.parametrize(
    "unusual",
    [
        Message(role_session_name="me").SerializeToString(),
        Message(role_arn=ROLE).SerializeToString(),
        Message(role_arn="r" * 128, role_session_name="me").SerializeToString(),
        Message(role_arn=ROLE, role_session_name="n" * 128).SerializeToString(),
        Message(role_arn=ROLE, role_session_name="ü").SerializeToString(),
        b"\x0a\x01r\x12\x00",
        b"",
        b"\x0a",
        b"\x0a\x01",
        b"\x0a\x01r\x12",
        b"\x0a\x01r\x12\x02n",
    ],
)
def test_unusual_form_is_read_by_the_library(unusual: bytes) -> None:
    """What does not begin with a short role and a short name is not kept."""
    reader = RememberedRequests()

    for _ in range(2):
        assert outcome(read_assume_role_request, unusual) == outcome(
            reader.read, unusual
        )

    assert 0 == len(reader)


FIELDS = st.sampled_from(
    [
        b"\x0a\x01r",
        b"\x0a\x00",
        b"\x12\x01n",
        b"\x12\x01m",
        b"\x12\x00",
        b"\x12\x02\xc3\xbc",
        b"\x12\x01\xff",
        b"\x12\x81\x00n",
        b"\x28\x84\x07",
        b"\x42\x01x",
        b"\x32\x06\x0a\x01k\x12\x01v",
        b"\x52\x011",
        b"\xa2\x06\x01a",
        b"\x13\x14",
        b"\x12",
        b"\xff",
    ]
)


@given(st.lists(st.lists(FIELDS, max_size=5).map(b"".join), max_size=8))
def test_agrees_with_the_library(bodies: list[bytes]) -> None:
    """Whatever was read before, bytes say what the library reads of them."""
    reader = RememberedRequests()

    for each in bodies * 2:
        assert outcome(read_assume_role_request, each) == outcome(reader.read, each)


@given(
    st.lists(st.lists(FIELDS, max_size=4).map(b"".join), max_size=4),
    st.binary(max_size=3),
)
def test_batch_agrees_with_the_library(items: list[bytes], more: bytes) -> None:
    """A batch is the requests that the library finds in it."""
    whole = b"".join(b"\x0a" + varint(len(each)) + each for each in items)

    for each in (whole, whole + more, whole[: -len(more) or None]):
        assert outcome(by_library, each) == outcome(
            RememberedRequests().read_batch, each
        )


def test_long_items_of_a_batch() -> None:
    """Items have sizes of one, two and three bytes."""
    requests = [
        Message(role_arn=ROLE, role_session_name="me", policy="x" * size)
        for size in (0, 1, 100, 5_000, 20_000)
    ]
    for count in range(len(requests) + 1):
        whole = Batch(requests=requests[:count]).SerializeToString()

        assert by_library(whole) == RememberedRequests().read_batch(whole)


def test_every_parameter_is_of_the_named() -> None:
    """Under another name a request has all else that it had."""
    names = AssumeRoleRequest.__dataclass_fields__
    values: dict[str, Any] = {name: f"value of {name}" for name in names}
    request = AssumeRoleRequest(**values)

    named = request.named("other")
    assert replace(request, role_session_name="other") == named
    assert request.likeness == named.likeness


def outcome(read: Callable[[bytes], T], body: bytes) -> T | str:
    """Returns what is read, or that nothing is."""
    try:
        return read(body)
    except DecodeError:
        return "refused"


def by_library(body: bytes) -> tuple[AssumeRoleRequest, ...]:
    """Returns the requests of a batch, as the library reads it."""
    return tuple(map(assume_role_request, Batch.FromString(body).requests))


@pytest.mark.parametrize(
    "secret",
    [
        {"token_code": "123456"},
        {"token_code": ""},
        {"provided_contexts": [ProvidedContext(context_assertion="a")]},
    ],
    ids=["code", "empty code", "assertion"],
)
def test_secrets_are_not_kept(secret: dict[str, Any]) -> None:
    """A request that brings a code or an assertion leaves nothing behind."""
    reader = RememberedRequests()

    first, second = reader.read(body(**secret)), reader.read(body(**secret))

    assert first is not second
    assert first == second
    assert 0 == len(reader)


def test_long_ones_are_not_kept() -> None:
    """A request that is longer than the bound is read each time."""
    most = work_limits.REQUEST_REMEMBERED_BYTES_MAX
    overhead = len(body(policy="x" * most)) - most
    reader = RememberedRequests()

    reader.read(body(policy="x" * (most - overhead + 1)))
    assert 0 == len(reader)

    reader.read(body(policy="x" * (most - overhead)))
    assert 1 == len(reader)


def test_memory_is_bounded() -> None:
    """The last ones are kept, and no more."""
    reader = RememberedRequests(size_max=2)

    for seconds in range(900, 910):
        reader.read(body(duration_seconds=seconds))

    assert 2 == len(reader)


def test_nothing_of_what_is_no_message() -> None:
    """Bytes that are no request are refused each time."""
    reader = RememberedRequests()

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

    names = set(AssumeRoleRequest.__dataclass_fields__) - {"likeness"}
    assert all(getattr(request, name) for name in names)
    assert 13 == len(names)
