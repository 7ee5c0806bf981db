"""Messages of delegated access, to and from the values of its use cases.

What a request leaves out is None, so that absent and zero differ (spec 0.2).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from google.protobuf.message import Message

from daypass.api.sts.v1 import sts_service_pb2 as sts_pb
from daypass.api.token.v1 import token_service_pb2 as token_pb
from daypass.rpc.convert import sent_text, timestamp
from daypass.rpc.convert_sts import credentials
from daypass.sts.create_trade_in_token import (
    CreateTradeInTokenRequest,
    CreateTradeInTokenResult,
)
from daypass.sts.get_delegated_access_token import GetDelegatedAccessTokenResult

# What no parameter reaches, and both a span and protobuf can hold.
_SECONDS_MAX: Final = 10**9
_NANOSECONDS: Final = 1_000
_INSTANT: Final = timedelta(microseconds=1)


def create_trade_in_token_request(
    message: token_pb.CreateTradeInTokenRequest,
) -> CreateTradeInTokenRequest:
    """Returns the parameters as they were sent."""
    return CreateTradeInTokenRequest(
        partner_account_id=message.partner_account_id or None,
        policy=sent_text(message, "policy"),
        policy_arns=tuple(message.policy_arns),
        session_duration=sent_span(message, "session_duration"),
        token_lifetime=sent_span(message, "token_lifetime"),
    )


def create_trade_in_token_response(
    result: CreateTradeInTokenResult,
) -> token_pb.CreateTradeInTokenResponse:
    """Returns the answer of CreateTradeInToken."""
    return token_pb.CreateTradeInTokenResponse(
        trade_in_token=result.trade_in_token.reveal_text(),
        delegation_id=result.delegation_id,
        expire_time=timestamp(result.expire_time),
    )


def get_delegated_access_token_response(
    result: GetDelegatedAccessTokenResult,
) -> sts_pb.GetDelegatedAccessTokenResponse:
    """Returns the answer of GetDelegatedAccessToken."""
    return sts_pb.GetDelegatedAccessTokenResponse(
        credentials=credentials(result.credentials),
        packed_policy_size=result.packed_policy_percent,
        assumed_principal=result.assumed_principal,
    )


def sent_span(message: Message, field: str) -> timedelta | None:
    """Returns a span, or None where it was not sent.

    A span beyond thirty years either way is cut to them, and what is left of a
    microsecond counts as one, so that nothing is taken for a span that it is not.
    """
    if not message.HasField(field):
        return None
    span = getattr(message, field)
    seconds = max(-_SECONDS_MAX, min(span.seconds, _SECONDS_MAX))
    rest = timedelta(microseconds=span.nanos // _NANOSECONDS)
    left = _INSTANT if span.nanos % _NANOSECONDS else timedelta(0)
    return timedelta(seconds=seconds) + rest + left
