"""Frames that no client of ours sends: floods and odd headers (attacks G01, G10)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from daypass.rpc.methods import STS
from support.door import Door
from support.http2_frames import (
    CANCEL,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    RST_STREAM,
    RawConnection,
    frame,
    grpc_headers,
)

METHOD = f"{STS}GetCallerIdentity"
EMPTY_MESSAGE = b"\x00" * 5
CALLS = 100
BURST = 200


async def _reset_rapidly(port: int, streams: list[int]) -> None:
    """Opens and resets streams as fast as they are taken, until cancelled."""
    block = grpc_headers(METHOD, authorization="USER")
    while True:
        async with RawConnection(port) as raw:
            drained = asyncio.ensure_future(raw.reader.read(-1))
            try:
                for first in range(1, 1_000_000, 2 * BURST):
                    raw.writer.write(
                        b"".join(
                            frame(HEADERS, END_HEADERS, stream, block)
                            + frame(RST_STREAM, 0, stream, CANCEL)
                            for stream in range(first, first + 2 * BURST, 2)
                        )
                    )
                    await raw.writer.drain()
                    streams[0] += BURST
            except ConnectionError:
                continue
            finally:
                drained.cancel()


async def test_rapid_reset_harmless(door: Door) -> None:
    """A connection that resets thousands of streams costs others no call."""
    streams = [0]
    attack = asyncio.ensure_future(_reset_rapidly(door.port, streams))
    try:
        async with door.channel() as channel:
            ask: Any = channel.unary_unary(METHOD)
            for _ in range(CALLS):
                await ask(b"", metadata=(("authorization", "USER"),), timeout=5)
    finally:
        attack.cancel()

    assert streams[0] > 10 * BURST


@pytest.mark.parametrize(
    "odd", ["-1S", "99999999H", "junk", "1", "0x1S", "1.5S", "999999999999S", "0n"]
)
async def test_odd_timeout_answered(door: Door, odd: str) -> None:
    """A call whose `grpc-timeout` is odd is answered or ended, and never hangs."""
    block = grpc_headers(METHOD, authorization="USER", grpc_timeout=odd)
    async with RawConnection(door.port) as raw, asyncio.timeout(5):
        raw.writer.write(frame(HEADERS, END_HEADERS, 1, block))
        raw.writer.write(frame(DATA, END_STREAM, 1, EMPTY_MESSAGE))
        last = await raw.stream_end(1)

    assert last in {HEADERS, RST_STREAM}


async def test_huge_length_refused(door: Door) -> None:
    """A message that announces two gigabytes is refused by its announcement (G08)."""
    block = grpc_headers(METHOD, authorization="USER")
    announced = b"\x00" + (2**31).to_bytes(4, "big")
    async with RawConnection(door.port) as raw, asyncio.timeout(5):
        raw.writer.write(frame(HEADERS, END_HEADERS, 1, block))
        raw.writer.write(frame(DATA, 0, 1, announced))
        last = await raw.stream_end(1)

    assert last in {HEADERS, RST_STREAM}
    assert [] == door.authenticator.bodies
