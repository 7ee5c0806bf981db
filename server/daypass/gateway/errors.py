"""Errors as the Query protocol answers them, and the one code that is only its own.

SPEC: sts-operations 0.3 and 3.3; attacks V22; details 50, 51 and 53.
"""

from __future__ import annotations

from typing import Final

from daypass.core import http_limits
from daypass.core.errors import (
    Code,
    DaypassError,
    ErrorRow,
    InvalidActionError,
    RejectedError,
)
from daypass.gateway.render import NAMESPACE, Body, Format, Tree, render, render_object

_FAULT_NAMESPACE: Final = "http://webservices.amazon.com/AWSFault/2005-15-09"
_SERVER_FAULT_MIN: Final = 500
_CUT: Final = "..."


class MissingActionError(RejectedError):
    """A request that names no operation; on gRPC that cannot be."""

    row = ErrorRow(
        "MissingAction",
        Code.UNIMPLEMENTED,
        400,
        "The request is missing an action or a required parameter.",
    )


def error_body(error: DaypassError, request_id: str, form: Format) -> Body:
    """Returns the envelope of an error."""
    fault = error.row.http_status >= _SERVER_FAULT_MIN
    details: Tree = {
        "Type": "Receiver" if fault else "Sender",
        "Code": error.row.reason,
        "Message": cut(error.message) or None,
    }
    tree: Tree = {"Error": details, "RequestId": request_id}
    if form is Format.JSON:
        return render_object(tree)
    # NOTE: AWS says so of operations that there are not, and SDKs do not mind.
    unknown = isinstance(error, InvalidActionError | MissingActionError)
    namespace = _FAULT_NAMESPACE if unknown else NAMESPACE
    return render("ErrorResponse", tree, form, namespace=namespace)


def cut(message: str) -> str:
    """Cuts a message to the length that is sent."""
    longest = http_limits.MESSAGE_CHARACTERS_MAX
    if len(message) <= longest:
        return message
    return message[: longest - len(_CUT)] + _CUT
