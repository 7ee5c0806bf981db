"""The health service, through its standard stub, and draining (attacks G22)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from daypass.api.sts.v1.sts_service_pb2 import GetCallerIdentityResponse
from daypass.core import limits
from daypass.rpc.methods import HEALTH, STS
from daypass.rpc.server import OWN_SERVICES
from support.door import Door, HeldCalls

METHOD = f"{STS}GetCallerIdentity"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


def _request(service: str) -> Any:
    return health_pb2.HealthCheckRequest(service=service)


@pytest.mark.parametrize("service", ["", *OWN_SERVICES])
async def test_service_serves(door: Door, service: str) -> None:
    """A started server says of each service, and of itself, that it serves."""
    async with door.channel() as channel:
        response = await health_pb2_grpc.HealthStub(channel).Check(_request(service))

    assert SERVING == response.status


async def test_unknown_service_not_found(door: Door) -> None:
    """A service that there is not is not found, as the protocol says."""
    async with door.channel() as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await health_pb2_grpc.HealthStub(channel).Check(_request("no.such"))

    assert grpc.StatusCode.NOT_FOUND is caught.value.code()


async def test_one_service_stops_serving(door: Door) -> None:
    """A service that stops serving leaves the others as they are."""
    door.health.set_serving(OWN_SERVICES[0], serving=False)

    async with door.channel() as channel:
        listed = await health_pb2_grpc.HealthStub(channel).List(
            health_pb2.HealthListRequest()
        )

    found = {name: status.status for name, status in listed.statuses.items()}
    assert {
        name: NOT_SERVING if name == OWN_SERVICES[0] else SERVING
        for name in ("", *OWN_SERVICES)
    } == found


async def test_watch_tells_changes(door: Door) -> None:
    """A watcher is told the state at once and each change of it."""
    async with door.channel() as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(_request(""))
        first = await watch.read()
        door.health.set_serving("", serving=False)
        second = await watch.read()

    assert (SERVING, NOT_SERVING) == (first.status, second.status)


async def test_watch_unknown_service(door: Door) -> None:
    """A watcher of a service that there is not is told that it is unknown."""
    async with door.channel() as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(_request("no.such"))
        first = await watch.read()

    assert SERVICE_UNKNOWN == first.status


async def test_watch_garbage_refused(door: Door) -> None:
    """A watcher that sends garbage is refused, without a parser's words."""
    async with door.channel() as channel:
        ask: Any = channel.unary_stream(f"{HEALTH}Watch")
        watch = ask(b"\x0a\x05ab", timeout=15)
        code, details = await watch.code(), await watch.details()

    assert (grpc.StatusCode.INVALID_ARGUMENT, "") == (code, details)


async def test_drain_finishes_calls(door: Door) -> None:
    """A call in work is answered by a draining server, which takes no other."""
    held = HeldCalls(GetCallerIdentityResponse(account="1"))
    door.behaviours[METHOD] = held
    async with asyncio.TaskGroup() as group:
        call = group.create_task(door.call(METHOD))
        await held.wait_held(1)
        stop = group.create_task(door.server.stop(limits.DRAIN_TIME_MAX))
        error = await door.refusal(METHOD, timeout=2)
        held.let_go()

    assert stop.done()
    assert GetCallerIdentityResponse(account="1").SerializeToString() == call.result()
    assert error.code() in {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    }


async def test_drain_told_to_watchers(door: Door) -> None:
    """A watcher is told of draining, and its call ends, so that it delays nothing."""
    async with door.channel() as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(_request(OWN_SERVICES[0]))
        await watch.read()
        # Asked for before the end: this client drops what it has not read by then.
        reading = asyncio.ensure_future(watch.read())
        async with asyncio.timeout(5):
            await door.server.stop(timedelta(seconds=15))
        told = await reading
        end = await watch.read()

    assert NOT_SERVING == told.status
    assert grpc.aio.EOF is end


async def test_second_stop_at_once(door: Door) -> None:
    """A second stop without grace does not wait for calls in work."""
    held = HeldCalls(GetCallerIdentityResponse())
    door.behaviours[METHOD] = held
    async with asyncio.TaskGroup() as group:
        call = group.create_task(door.refusal(METHOD))
        await held.wait_held(1)
        group.create_task(door.server.stop(timedelta(seconds=15)))
        async with asyncio.timeout(5):
            await door.server.stop(timedelta(0))

    assert call.result().code() in {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
    }


async def test_drained_stays_drained(door: Door) -> None:
    """Once draining has begun, nothing makes a service serve again."""
    door.health.drain()

    door.health.set_serving("", serving=True)

    async with door.channel() as channel:
        response = await health_pb2_grpc.HealthStub(channel).Check(_request(""))
    assert NOT_SERVING == response.status
