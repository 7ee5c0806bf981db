"""Answers in XML that are written without a tree, where they have the usual elements.

Each is a short cut and decides nothing: its layout is made of the tree that `results`
shows, and its bytes are those of that tree.

SPEC: sts-operations 0.5, 0.6, 1 and 3.2; decision 0065.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from daypass.core.credentials import Credentials
from daypass.core.secret import Secret
from daypass.gateway import results
from daypass.gateway.render import Body, Tree, fill, layout_of, text_of_instant
from daypass.sts.account_operations import CallerIdentity
from daypass.sts.assume_role import AssumeRoleResult


def envelope(name: str, result: Tree, request_id: str) -> Tree:
    """Returns what stands within the outermost element of an answer."""
    # NOTE: clients fail without the inner wrapper, also where it is empty.
    return {f"{name}Result": result, "ResponseMetadata": {"RequestId": request_id}}


def _layout(name: str, result: Tree) -> str:
    return layout_of(f"{name}Response", envelope(name, result, ""))


_ASSUME_ROLE: Final = _layout(
    "AssumeRole",
    results.assume_role(
        AssumeRoleResult(
            Credentials("", Secret(""), Secret(""), datetime.min.replace(tzinfo=UTC)),
            *("", "", None, None, 0),
        )
    ),
)
_GET_CALLER_IDENTITY: Final = _layout(
    "GetCallerIdentity", results.get_caller_identity(CallerIdentity("", "", ""))
)


def assume_role(result: AssumeRoleResult, request_id: str) -> Body | None:
    """Writes the result of AssumeRole, if it has neither policies nor an identity.

    This is another place where secrets leave the process.
    """
    if result.packed_policy_percent is not None or result.source_identity is not None:
        return None
    issued, size = result.credentials, result.session_token_bytes
    return fill(
        _ASSUME_ROLE,
        [
            issued.access_key_id,
            issued.secret_access_key.reveal_text(),
            issued.session_token.reveal_text(),
            text_of_instant(issued.expire_time),
            result.assumed_role_id,
            result.assumed_role_arn,
            str(size),
            str(results.utilization(size)),
            request_id,
        ],
    )


def get_caller_identity(identity: CallerIdentity, request_id: str) -> Body:
    """Writes the result of GetCallerIdentity."""
    return fill(
        _GET_CALLER_IDENTITY,
        [identity.arn, identity.user_id, identity.account_id, request_id],
    )
