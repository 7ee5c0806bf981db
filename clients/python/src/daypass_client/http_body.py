"""Reads the body of an HTTP answer within bounds of size and time."""

from __future__ import annotations

import time
from http.client import HTTPResponse
from typing import Final

_CHUNK_BYTES: Final = 16_384


def read_body(response: HTTPResponse, *, end: float, size_max: int) -> bytes:
    """Returns the body, whole.

    Args:
        response: the answer, with its body still to come.
        end: the monotonic time at which it is given up.
        size_max: the longest body that is read, in bytes.

    Raises:
        OSError: it is too long, comes too slowly, or ends too early.
    """
    data = bytearray()
    while chunk := response.read1(_CHUNK_BYTES):
        data += chunk
        if len(data) > size_max:
            raise OSError("the answer is too long")
        if time.monotonic() > end:
            raise TimeoutError("the answer comes too slowly")
    if response.length:
        raise OSError("the answer ends too early")
    return bytes(data)
