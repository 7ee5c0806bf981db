"""Answers of AssumeRole as bytes, of which the library writes what comes again.

To make a message field by field and to write it took longer than to find the mint.
Here texts are put into a frame that is made once for their sizes, and all else is
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
from daypass.rpc.wire import head
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.batch import BatchItem

# As many as there are sizes of answers in a day, and of seconds in an hour.
_KEPT: Final = 4_096


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
    end = _expiration(issued.expire_time)
    frame = _frame(len(key), len(secret), len(token), len(end), len(name), len(arn))
    behind = _sizes(
        result.packed_policy_percent, result.source_identity, result.session_token_bytes
    )
    return frame % (key, secret, token, end, name, arn, behind)


def batch_answer(items: Iterable[BatchItem]) -> bytes:
    """Returns a `BatchAssumeRoleResponse`."""
    results: list[bytes] = []
    for item in items:
        if isinstance(item.outcome, DaypassError):
            result = batch_result(item).SerializeToString()
            results += head(1, len(result)), result
        else:
            response = assume_role_answer(item.outcome)
            results += _item_head(len(response)), response
    return b"".join(results)


@lru_cache(maxsize=_KEPT)
def _frame(key: int, secret: int, token: int, end: int, name: int, arn: int) -> bytes:
    """Returns what stands before and between the texts of an answer, to be filled in.

    The end of the credentials has its field's number already, and so has all that
    comes behind the user.
    """
    of_key, of_secret, of_token = head(1, key), head(2, secret), head(3, token)
    heads = len(of_key) + len(of_secret) + len(of_token)
    credentials = head(1, heads + key + secret + token + end)
    of_name, of_arn = head(1, name), head(2, arn)
    user = head(2, len(of_name) + name + len(of_arn) + arn)
    before = (credentials + of_key, of_secret, of_token, b"", user + of_name, of_arn)
    filled = [each.replace(b"%", b"%%") + b"%b" for each in before]
    return b"".join(filled) + b"%b"


@lru_cache(maxsize=_KEPT)
def _item_head(size: int) -> bytes:
    """Returns what stands before the answer to an item that was granted."""
    response = head(1, size)
    return head(1, len(response) + size) + response


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
