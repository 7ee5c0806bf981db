"""Messages of GetWebIdentityToken and its kin, to and from their use cases' values.

What a request leaves out is None, so that absent and zero differ (spec 0.2).
"""

from __future__ import annotations

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.rpc.convert import sent_number, timestamp
from daypass.sts.get_web_identity_token import (
    GetWebIdentityTokenRequest,
    GetWebIdentityTokenResult,
)
from daypass.sts.tags import Tag


def get_web_identity_token_request(
    message: pb.GetWebIdentityTokenRequest,
) -> GetWebIdentityTokenRequest:
    """Returns the parameters as they were sent."""
    return GetWebIdentityTokenRequest(
        audience=tuple(message.audience),
        signing_algorithm=message.signing_algorithm or None,
        duration_seconds=sent_number(message, "duration_seconds"),
        tags=tuple(Tag(tag.key, tag.value) for tag in message.tags),
    )


def get_web_identity_token_response(
    result: GetWebIdentityTokenResult,
) -> pb.GetWebIdentityTokenResponse:
    """Returns the answer of GetWebIdentityToken."""
    return pb.GetWebIdentityTokenResponse(
        web_identity_token=result.web_identity_token.reveal_text(),
        expiration=timestamp(result.expiration),
    )
