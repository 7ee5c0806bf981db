"""What operators and verifiers send of keys reaches the use cases, and comes back."""

from __future__ import annotations

from typing import Any

import pytest

from daypass.api.keyring.v1 import keyring_service_pb2 as pb
from daypass.api.session.v1 import session_service_pb2 as session_pb
from daypass.core.revocation import Epoch
from daypass.keyring.schedule import Purpose
from daypass.rpc.methods import KEYRING, SESSION
from daypass.sts.keyring_operations import ListKeysRequest, RotateKeysRequest
from daypass.sts.revoke_key import RevokeKeyRequest
from support.door import AS_USER, Door
from support.world import START


async def _call(door: Door, name: str, message: Any, response: Any) -> Any:
    body = message.SerializeToString()
    return response.FromString(await door.call(f"{KEYRING}{name}", body))


async def _all(door: Door, method: str, message: Any, response: Any) -> list[Any]:
    async with door.channel() as channel:
        watch: Any = channel.unary_stream(
            method, response_deserializer=response.FromString
        )
        return [
            each
            async for each in watch(
                message.SerializeToString(), metadata=AS_USER, timeout=15
            )
        ]


async def test_list_keys(wired: Door, asked: list[Any]) -> None:
    """ListKeys answers with keys, their purposes and states, and no secret."""
    found = await _call(
        wired,
        "ListKeys",
        pb.ListKeysRequest(page_size=5, page_token="t"),
        pb.ListKeysResponse,
    )

    assert [ListKeysRequest(5, "t")] == asked
    (key,) = found.keys
    assert ("k1", pb.KEY_PURPOSE_SIGNING, "EdDSA", pb.Key.STATE_RETIRING) == (
        key.key_id,
        key.purpose,
        key.algorithm,
        key.state,
    )
    assert START.timestamp() == key.state_time.seconds == found.next_step_time.seconds
    assert ("next", 3) == (found.next_page_token, found.version)


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        (pb.KEY_PURPOSE_SIGNING, Purpose.SIGNING),
        (pb.KEY_PURPOSE_DERIVATION, Purpose.DERIVATION),
        (pb.KEY_PURPOSE_SEALING, Purpose.SEALING),
        (pb.KEY_PURPOSE_UNSPECIFIED, None),
        (77, None),
    ],
)
async def test_rotate_keys(
    wired: Door, asked: list[Any], purpose: Any, expected: Purpose | None
) -> None:
    """RotateKeys takes a kind of key, and one that is not known is none."""
    found = await _call(
        wired,
        "RotateKeys",
        pb.RotateKeysRequest(
            purpose=purpose, algorithm="ES256", emergency=True, reason="drill"
        ),
        pb.RotateKeysResponse,
    )

    assert [
        RotateKeysRequest(expected, "ES256", emergency=True, reason="drill")
    ] == asked
    assert (["k1"], False, 4) == (
        [key.key_id for key in found.keys],
        found.HasField("ready_time"),
        found.version,
    )


async def test_revoke_key(wired: Door, asked: list[Any]) -> None:
    """RevokeKey answers with the number of the revocation and how far it has come."""
    found = await _call(
        wired,
        "RevokeKey",
        pb.RevokeKeyRequest(key_id="k1", reason="leak"),
        pb.RevokeKeyResponse,
    )

    assert [RevokeKeyRequest("k1", "leak")] == asked
    assert (8, True, True) == (
        found.sequence,
        found.effective_everywhere,
        found.known,
    )


async def test_watch_key_set(wired: Door, asked: list[Any]) -> None:
    """WatchKeySet sends each set that comes."""
    found = await _all(
        wired, f"{KEYRING}WatchKeySet", pb.WatchKeySetRequest(), pb.WatchKeySetResponse
    )

    assert [None] == asked
    assert [(["k1"], 300, 3)] * 2 == [
        ([key.kid for key in each.keys], each.max_age.seconds, each.version)
        for each in found
    ]


async def test_watch_revocations(wired: Door, asked: list[Any]) -> None:
    """WatchRevocations takes a place in a log, and sends what comes behind it."""
    (found,) = await _all(
        wired,
        f"{SESSION}WatchRevocations",
        session_pb.WatchRevocationsRequest(log_id="log", sequence=5),
        session_pb.WatchRevocationsResponse,
    )

    assert [Epoch("log", 5)] == asked
    (entry,) = found.revocations
    assert ("log", 7, True, True, 2) == (
        found.log_id,
        found.sequence,
        found.restart,
        found.complete,
        found.staleness.seconds,
    )
    assert (6, session_pb.Revocation.SCOPE_KEY, "k1", START.timestamp()) == (
        entry.sequence,
        entry.scope,
        entry.subject,
        entry.keep_time.seconds,
    )
