"""Requests that are sent again and again, read once.

A sidecar asks for the same role by the same name each time that its credentials end.
The same bytes are the same request, and whoever has prepared what a request asks for
finds that by the request itself. What is good once is never kept: neither a code nor
an assertion is part of a request that is remembered, nor of what it is found by.

SPEC: decision 0051.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from daypass.core import work_limits
from daypass.core.lru import LruCache

RequestT = TypeVar("RequestT")


class RememberedRequests(Generic[RequestT]):
    """Reads the requests of one method.

    Args:
        read: makes a request of the bytes that were received; an immutable one.
        holds_secrets: tells of a request that it must not be kept.
        size_max: how many are remembered.
        bytes_max: the longest that are remembered.
    """

    def __init__(
        self,
        read: Callable[[bytes], RequestT],
        *,
        holds_secrets: Callable[[RequestT], bool],
        size_max: int = work_limits.REQUESTS_REMEMBERED_MAX,
        bytes_max: int = work_limits.REQUEST_REMEMBERED_BYTES_MAX,
    ) -> None:
        self._read = read
        self._holds_secrets = holds_secrets
        self._bytes_max = bytes_max
        self._known: LruCache[bytes, RequestT] = LruCache(size_max=size_max)

    def __len__(self) -> int:
        """Tells how many requests are remembered."""
        return len(self._known)

    def read(self, body: bytes) -> RequestT:
        """Returns the request in bytes whose proof has been checked.

        Raises:
            DecodeError: there is none in them.
        """
        known = self._known.get(body)
        if known is not None:
            return known
        request = self._read(body)
        if len(body) <= self._bytes_max and not self._holds_secrets(request):
            self._known.put(body, request)
        return request
