"""The handlers of what operators and verifiers do with keys, and of what streams."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import TypeVar

from google.protobuf.message import Message

from daypass.api.keyring.v1 import keyring_service_pb2 as pb
from daypass.api.session.v1 import session_service_pb2 as session_pb
from daypass.core.revocation import Epoch
from daypass.rpc import convert_keyring as convert
from daypass.rpc.convert_revocations import (
    watch_revocations_request,
    watch_revocations_response,
)
from daypass.rpc.methods import (
    KEYRING,
    SESSION,
    Handlers,
    MethodHandler,
    RpcInvocation,
    StreamHandler,
    StreamHandlers,
)
from daypass.sts.key_set import KeySet
from daypass.sts.keyring_operations import (
    KeyList,
    ListKeysRequest,
    RotateKeysRequest,
    RotateKeysResult,
)
from daypass.sts.pipeline import Pipeline
from daypass.sts.revoke_key import RevokeKeyRequest, RevokeKeyResult
from daypass.sts.watch import RevocationNews

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringUseCases:
    """What these methods run, ready to be called."""

    list_keys: Pipeline[ListKeysRequest, KeyList]
    rotate_keys: Pipeline[RotateKeysRequest, RotateKeysResult]
    revoke_key: Pipeline[RevokeKeyRequest, RevokeKeyResult]
    watch_key_set: Pipeline[None, AsyncGenerator[KeySet, None]]
    watch_revocations: Pipeline[Epoch, AsyncGenerator[RevocationNews, None]]


def keyring_handlers(use_cases: KeyringUseCases) -> Handlers:
    """Returns the handlers of the unary methods."""
    service = _Service(use_cases)
    return {
        f"{KEYRING}ListKeys": MethodHandler(pb.ListKeysRequest, service.list_keys),
        f"{KEYRING}RotateKeys": MethodHandler(
            pb.RotateKeysRequest, service.rotate_keys
        ),
        f"{KEYRING}RevokeKey": MethodHandler(pb.RevokeKeyRequest, service.revoke_key),
    }


def stream_handlers(use_cases: KeyringUseCases) -> StreamHandlers:
    """Returns the handlers of the methods that stream."""
    service = _Service(use_cases)
    return {
        f"{KEYRING}WatchKeySet": StreamHandler(
            pb.WatchKeySetRequest, service.watch_key_set
        ),
        f"{SESSION}WatchRevocations": StreamHandler(
            session_pb.WatchRevocationsRequest, service.watch_revocations
        ),
    }


class _Service:
    def __init__(self, use_cases: KeyringUseCases) -> None:
        self._run = use_cases

    async def list_keys(
        self, invocation: RpcInvocation, message: pb.ListKeysRequest
    ) -> pb.ListKeysResponse:
        found = await self._run.list_keys.run(
            convert.list_keys_request(message), invocation.proven, invocation.call
        )
        return convert.list_keys_response(found)

    async def rotate_keys(
        self, invocation: RpcInvocation, message: pb.RotateKeysRequest
    ) -> pb.RotateKeysResponse:
        result = await self._run.rotate_keys.run(
            convert.rotate_keys_request(message), invocation.proven, invocation.call
        )
        return convert.rotate_keys_response(result)

    async def revoke_key(
        self, invocation: RpcInvocation, message: pb.RevokeKeyRequest
    ) -> pb.RevokeKeyResponse:
        result = await self._run.revoke_key.run(
            convert.revoke_key_request(message), invocation.proven, invocation.call
        )
        return convert.revoke_key_response(result)

    async def watch_key_set(
        self, invocation: RpcInvocation, _: pb.WatchKeySetRequest
    ) -> AsyncGenerator[Message, None]:
        feed = await self._run.watch_key_set.run(
            None, invocation.proven, invocation.call
        )
        return _converted(feed, convert.watch_key_set_response)

    async def watch_revocations(
        self, invocation: RpcInvocation, message: session_pb.WatchRevocationsRequest
    ) -> AsyncGenerator[Message, None]:
        feed = await self._run.watch_revocations.run(
            watch_revocations_request(message), invocation.proven, invocation.call
        )
        return _converted(feed, watch_revocations_response)


async def _converted(
    feed: AsyncGenerator[_Value, None], convert_one: Callable[[_Value], Message]
) -> AsyncGenerator[Message, None]:
    async with contextlib.aclosing(feed):
        async for value in feed:
            yield convert_one(value)
