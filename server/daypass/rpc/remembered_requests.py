"""Requests of AssumeRole that are sent again and again, read once.

A sidecar asks for the same role each time that its credentials end, and jobs name their
sessions after themselves. So a request is known by all of its bytes but the name, which
is put into what the others said when the library read them.

| What that relies on | How it is known |
|---|---|
| where the name stands | the role and the name are the first fields, and short |
| that no field behind them names the session again | the library was asked |
| all that the other bytes say | the library has read them |

Anything else is read by the library each time. What is good once is never kept: neither
a code nor an assertion is part of a request that is remembered, nor of what it is found
by.

SPEC: decisions 0051 and 0083; Protocol Buffers, "Encoding".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from daypass.api.sts.v1.sts_service_pb2 import BatchAssumeRoleRequest
from daypass.core import work_limits
from daypass.core.lru import LruCache
from daypass.rpc.convert_sts import (
    assume_role_request,
    holds_secrets,
    read_assume_role_request,
)
from daypass.sts.assume_role_request import AssumeRoleRequest

# How the role begins, and the name: the tag, and then a size of one byte.
_ROLE_TAG: Final = 0x0A
_NAME_TAG: Final = 0x12
# How each request of a batch begins; its size has one byte or two.
_ITEM_TAG: Final = 0x0A
_SIZE_MAX: Final = 0x7F
_SIZE_BITS: Final = 7
_HEAD_BYTES: Final = 2


class RememberedRequests:
    """Reads requests of AssumeRole.

    Args:
        size_max: how many are remembered.
        bytes_max: the longest that are remembered.
    """

    def __init__(
        self,
        *,
        size_max: int = work_limits.REQUESTS_REMEMBERED_MAX,
        bytes_max: int = work_limits.REQUEST_REMEMBERED_BYTES_MAX,
    ) -> None:
        self._bytes_max = bytes_max
        self._known: LruCache[bytes, AssumeRoleRequest] = LruCache(size_max=size_max)

    def __len__(self) -> int:
        """Tells how many requests are remembered."""
        return len(self._known)

    def read(self, body: bytes) -> AssumeRoleRequest:
        """Returns the request in bytes whose proof has been checked.

        Raises:
            DecodeError: there is none in them.
        """
        split = _split(body)
        if split is None:
            return read_assume_role_request(body)
        name, others = split
        known = self._known.get(others)
        if known is not None:
            return known if known.role_session_name == name else known.named(name)
        request = read_assume_role_request(body)
        short = len(body) <= self._bytes_max
        if short and not holds_secrets(request) and _is_named_once(request, *split):
            request = replace(request, likeness=others)
            self._known.put(others, request)
        return request

    def read_batch(self, body: bytes) -> tuple[AssumeRoleRequest, ...]:
        """Returns the requests of a BatchAssumeRole; see `read`."""
        items = _items(body)
        if items is None:
            message = BatchAssumeRoleRequest.FromString(body)
            return tuple(map(assume_role_request, message.requests))
        return tuple(map(self.read, items))


def _split(body: bytes) -> tuple[str, bytes] | None:
    """Returns the name that stands behind the role, and all other bytes.

    None is returned where the two are not the first or not short, or there is no name.
    """
    try:
        at = _HEAD_BYTES + body[1]
        begin = at + _HEAD_BYTES
        end = begin + body[at + 1]
        if (
            body[0] != _ROLE_TAG
            or body[at] != _NAME_TAG
            or end > len(body)
            or body[1] > _SIZE_MAX
            or not 0 < body[at + 1] <= _SIZE_MAX
        ):
            return None
        name = body[begin:end].decode("ascii")
    except (IndexError, UnicodeDecodeError):
        return None
    return name, body[:at] + body[end:]


def _is_named_once(request: AssumeRoleRequest, name: str, others: bytes) -> bool:
    """Tells whether the name that was split off is the name, whatever it is.

    A field behind it that is the name once more would count in its place. It would do
    so under another name as well.
    """
    another = b"b" if name == "a" else b"a"
    at = _HEAD_BYTES + others[1]
    head = bytes((_NAME_TAG, len(another)))
    renamed = read_assume_role_request(others[:at] + head + another + others[at:])
    return (request.role_session_name, renamed.role_session_name) == (
        name,
        another.decode(),
    )


def _items(body: bytes) -> list[bytes] | None:
    """Takes a batch apart that is nothing but requests, each shorter than 16 KiB."""
    items = []
    at = 0
    try:
        while at < len(body):
            tag, size = body[at], body[at + 1]
            begin = at + _HEAD_BYTES
            if size > _SIZE_MAX:
                more = body[begin]
                size = size & _SIZE_MAX | more << _SIZE_BITS
                begin += 1
            else:
                more = 0
            at = begin + size
            if tag != _ITEM_TAG or more > _SIZE_MAX or at > len(body):
                return None
            items.append(body[begin:at])
    except IndexError:
        return None
    return items
