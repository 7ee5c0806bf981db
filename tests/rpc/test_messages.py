"""What is not a message of the method is refused, after the proof (attacks G08, G20)."""

from __future__ import annotations

import gzip
from typing import Any

import grpc
import pytest

from daypass.api.sts.v1.sts_service_pb2 import AssumeRoleRequest
from daypass.core import limits
from daypass.rpc.methods import KEYRING, STS
from support.door import AS_USER, Door

METHOD = f"{STS}AssumeRole"
# Field 1, `role_arn`, as text.
ROLE_ARN = b"\x0a"
GARBAGE = {
    "cut short": ROLE_ARN + b"\x05ab",
    "wrong wire type": b"\x0d\x01\x02",
    "invalid UTF-8": ROLE_ARN + b"\x02\xc3\x28",
    "lone surrogate": ROLE_ARN + b"\x03\xed\xa0\x80",
    "overlong UTF-8": ROLE_ARN + b"\x02\xc0\xaf",
    "endless varint": b"\xff" * 16,
    "field number 0": b"\x00\x01",
    "groups 1,000 deep": b"\xa3\x06" * 1_000 + b"\xa4\x06" * 1_000,
}


@pytest.mark.parametrize("name", GARBAGE)
async def test_garbage_refused(door: Door, name: str) -> None:
    """Bytes that are not a message are refused without a word on what is wrong."""
    error = await door.refusal(METHOD, body=GARBAGE[name])

    assert grpc.StatusCode.INVALID_ARGUMENT is error.code()
    assert "The request cannot be parsed" == error.details()
    assert [] == door.handled


async def test_garbage_unproven_refused(door: Door) -> None:
    """Who has no proof does not learn that the message was garbage."""
    error = await door.refusal(METHOD, body=GARBAGE["cut short"], metadata=())

    assert grpc.StatusCode.UNAUTHENTICATED is error.code()


async def test_missing_message_refused(door: Door) -> None:
    """A call that ends without a message has nothing that a proof could be of."""
    async with door.channel() as channel:
        call: Any = channel.stream_unary(METHOD)(iter(()), metadata=AS_USER, timeout=15)
        code = await call.code()

    assert grpc.StatusCode.UNAUTHENTICATED is code
    assert [] == door.authenticator.bodies


async def test_missing_message_open(door: Door) -> None:
    """An open method needs no proof, and a message still."""
    async with door.channel() as channel:
        call: Any = channel.stream_unary(f"{KEYRING}GetKeySet")(iter(()), timeout=15)
        code = await call.code()

    assert grpc.StatusCode.INVALID_ARGUMENT is code


async def test_proof_over_bytes_received(door: Door) -> None:
    """The proof is checked over the bytes as sent, not as written anew."""
    # The same field twice: the last one counts, and written anew it stands once.
    body = ROLE_ARN + b"\x01a" + ROLE_ARN + b"\x01b"

    await door.call(METHOD, body)

    assert [body] == door.authenticator.bodies
    _, _, message = door.handled[0]
    assert AssumeRoleRequest(role_arn="b") == message


async def test_unknown_field_ignored(door: Door) -> None:
    """A field of a later version is no fault."""
    await door.call(METHOD, b"\xa2\x06\x01a")

    assert 1 == len(door.handled)


async def test_largest_message_taken(door: Door) -> None:
    """A message of just the largest size is taken."""
    overhead = (
        len(AssumeRoleRequest(policy="a" * 250_000).SerializeToString()) - 250_000
    )
    text = "a" * (limits.REQUEST_MESSAGE_BYTES_MAX - overhead)
    body = AssumeRoleRequest(policy=text).SerializeToString()

    await door.call(METHOD, body)

    assert limits.REQUEST_MESSAGE_BYTES_MAX == len(body)
    assert [body] == door.authenticator.bodies


async def test_oversized_message_refused(door: Door) -> None:
    """One byte more is refused before anything of ours sees it."""
    body = b"\x00" * (limits.REQUEST_MESSAGE_BYTES_MAX + 1)

    error = await door.refusal(METHOD, body=body)

    assert grpc.StatusCode.RESOURCE_EXHAUSTED is error.code()
    assert [] == door.authenticator.bodies


async def test_compressed_message_refused(door: Door) -> None:
    """A compressed message is refused, so that none can unfold to a gigabyte."""
    async with door.channel() as channel:
        ask: Any = channel.unary_unary(METHOD)
        call = ask(
            b"\x0a\x80\x08" + b"a" * 1_024,
            metadata=AS_USER,
            timeout=15,
            compression=grpc.Compression.Gzip,
        )
        code = await call.code()

    assert grpc.StatusCode.UNIMPLEMENTED is code
    assert [] == door.authenticator.bodies


async def test_response_not_compressed(door: Door) -> None:
    """A response is never compressed, whatever the client accepts (G29)."""
    async with door.channel() as channel:
        ask: Any = channel.unary_unary(METHOD)
        call = ask(b"", metadata=AS_USER, timeout=15)
        reply = await call
        headers = dict(await call.initial_metadata())

    assert reply != gzip.compress(reply)
    assert "grpc-encoding" not in headers


@pytest.mark.parametrize("size", [16_384, 1_048_576])
async def test_large_metadata_refused(door: Door, size: int) -> None:
    """Metadata beyond the hard limit is refused before anything of ours sees it."""
    metadata = (*AS_USER, ("x-filler", "a" * size))

    error = await door.refusal(METHOD, metadata=metadata)

    assert grpc.StatusCode.RESOURCE_EXHAUSTED is error.code()
    assert [] == door.authenticator.bodies


@pytest.mark.parametrize(
    ("body", "filler"), [(limits.REQUEST_MESSAGE_BYTES_MAX + 1, 0), (0, 16_384)]
)
async def test_refusal_by_core_has_no_details(
    door: Door, body: int, filler: int
) -> None:
    """What is too large is answered by gRPC itself, without a time to come back at."""
    metadata = (*AS_USER, ("x-filler", "a" * filler))

    error = await door.refusal(METHOD, body=b"\x00" * body, metadata=metadata)

    keys = {key for key, _ in error.trailing_metadata() or ()}
    assert grpc.StatusCode.RESOURCE_EXHAUSTED is error.code()
    assert not {"grpc-status-details-bin", "grpc-retry-pushback-ms"} & keys
