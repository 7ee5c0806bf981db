"""HTTP/2 by hand: just enough to send what no gRPC client sends (RFC 9113, 7541)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

DATA, HEADERS, RST_STREAM, SETTINGS = 0x0, 0x1, 0x3, 0x4
END_STREAM, END_HEADERS = 0x1, 0x4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CANCEL = (8).to_bytes(4, "big")
_FRAME_HEADER_BYTES = 9


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Returns one frame."""
    length = len(payload).to_bytes(3, "big")
    return length + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def header_block(headers: Mapping[str, str]) -> bytes:
    """Returns headers in HPACK, as literals without indexing or Huffman codes."""
    return b"".join(
        b"\x00"
        + bytes((len(name),))
        + name.encode()
        + bytes((len(value),))
        + value.encode()
        for name, value in headers.items()
    )


def grpc_headers(method: str, **extra: str) -> bytes:
    """Returns the header block of a gRPC call; `_` in a name stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in extra.items()}
    return header_block(
        {
            ":method": "POST",
            ":scheme": "http",
            ":path": method,
            ":authority": "localhost",
            "te": "trailers",
            "content-type": "application/grpc",
        }
        | named
    )


class RawConnection:
    """A connection on which frames are written as they are."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        """Connects and sends the preface."""
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self._port
        )
        self.writer.write(PREFACE + frame(SETTINGS, 0, 0))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the connection, whatever state it is in."""
        self.writer.close()

    async def stream_end(self, stream: int) -> int:
        """Reads until a stream has ended, and returns the kind of its last frame."""
        while True:
            head = await self.reader.readexactly(_FRAME_HEADER_BYTES)
            await self.reader.readexactly(int.from_bytes(head[:3], "big"))
            kind, flags, of = head[3], head[4], int.from_bytes(head[5:], "big")
            ends = kind == RST_STREAM or bool(flags & END_STREAM)
            if of == stream and ends and kind in {DATA, HEADERS, RST_STREAM}:
                return kind
