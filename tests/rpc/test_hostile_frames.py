"""Frames that no client of ours sends: floods and odd headers (attacks G01, G10)."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from daypass.rpc.methods import STS
from support.door import AS_USER, Door
from support.http2_frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    RST_STREAM,
    RawConnection,
    frame,
    grpc_headers,
)
from support.reset_flood import UNDER_WAY

METHOD = f"{STS}GetCallerIdentity"
EMPTY_MESSAGE = b"\x00" * 5
CALLS = 300
TESTS = Path(__file__).resolve().parents[1]


async def test_rapid_reset_harmless(door: Door) -> None:
    """A connection that resets streams without end costs others no call."""
    flood = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "support.reset_flood", str(door.port), METHOD),
        cwd=TESTS,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert flood.stdout is not None
        assert UNDER_WAY == await flood.stdout.readline()
        async with door.channel() as channel:
            ask: Any = channel.unary_unary(METHOD)
            for _ in range(CALLS):
                await ask(b"", metadata=AS_USER, timeout=5)
        assert flood.returncode is None
    finally:
        flood.kill()
        await flood.wait()


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
