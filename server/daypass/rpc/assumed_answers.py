"""Answers of AssumeRole as bytes, of which the library writes what comes again.

To make a message field by field and to write it took longer than to find the mint.
Here texts are put between their sizes, in the order of their fields, and all else is
written by the library: when a session ends, once for all that end then, and the sizes
that an answer tells, once for each.

SPEC: sts-operations 1.1; Protocol Buffers, "Encoding"; decision 0083.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.api.types.v1 import credentials_pb2
from daypass.core.errors import DaypassError
from daypass.rpc.convert import timestamp
from daypass.rpc.convert_sts import assume_role_response, batch_result, utilization
from daypass.rpc.wire import varint
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.batch import BatchItem

# As many as there are sizes of answers in a day, and of seconds in an hour.
_KEPT: Final = 4_096
# Fields 1, 2 and 3 of a message, which hold texts or messages: each is a tag, the size,
# and what it holds.
_ONE: Final = b"\x0a%b%b"
_TWO: Final = _ONE + b"\x12%b%b"
_THREE: Final = _TWO + b"\x1a%b%b"

_size: Final = lru_cache(maxsize=_KEPT)(varint)


def assume_role_answer(result: AssumeRoleResult) -> bytes:
    """Returns an `AssumeRoleResponse`; this is where secrets leave the process."""
    issued = result.credentials
    key = issued.access_key_id.encode()
    secret = issued.secret_access_key.reveal()
    token = issued.session_token.reveal()
    name, arn = result.assumed_role_id.encode(), result.assumed_role_arn.encode()
    if not (key and secret and token and name and arn):
        # A text that is empty is not written at all.
        return assume_role_response(result).SerializeToString()
    texts = _THREE % (
        _size(len(key)),
        key,
        _size(len(secret)),
        secret,
        _size(len(token)),
        token,
    )
    credentials = texts + _expiration(issued.expire_time)
    user = _TWO % (_size(len(name)), name, _size(len(arn)), arn)
    messages = _TWO % (_size(len(credentials)), credentials, _size(len(user)), user)
    return messages + _sizes(
        result.packed_policy_percent, result.source_identity, result.session_token_bytes
    )


def batch_answer(items: Iterable[BatchItem]) -> bytes:
    """Returns a `BatchAssumeRoleResponse`."""
    results = []
    for item in items:
        if isinstance(item.outcome, DaypassError):
            result = batch_result(item).SerializeToString()
        else:
            response = assume_role_answer(item.outcome)
            result = _ONE % (_size(len(response)), response)
        results.append(_ONE % (_size(len(result)), result))
    return b"".join(results)


@lru_cache(maxsize=_KEPT)
def _expiration(instant: datetime) -> bytes:
    """Returns the last field of `Credentials`."""
    last = credentials_pb2.Credentials(expiration=timestamp(instant))
    return last.SerializeToString()


@lru_cache(maxsize=_KEPT)
def _sizes(percent: int | None, source_identity: str | None, size: int) -> bytes:
    """Returns the fields of an answer that are behind its credentials and user."""
    behind = pb.AssumeRoleResponse(
        packed_policy_size=percent,
        source_identity=source_identity or "",
        session_token_size=size,
        session_token_utilization=utilization(size),
    )
    return behind.SerializeToString()
