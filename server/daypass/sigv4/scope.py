"""Whether a signature is meant for us, and for now.

SPEC: sts-operations 3.4 steps 3 to 5; attacks V02, V03, V04.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Final

from daypass.core.errors import IncompleteSignatureError, SignatureDoesNotMatchError
from daypass.core.limits import SIGNATURE_SKEW_MAX
from daypass.sigv4.signature import TERMINATOR, CredentialScope

SERVICE: Final = "sts"

# NOTE: midnight is hour 0 here, though ISO 8601 would let it be hour 24.
_TIMESTAMP: Final = re.compile(r"[0-9]{8}T(?!24)[0-9]{6}Z", re.ASCII)
_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_DATE_CHARACTERS: Final = 8


def parse_timestamp(text: str) -> datetime:
    """Reads `yyyymmddThhmmssZ`.

    Raises:
        IncompleteSignatureError: it is not in that form, or no such time exists.
    """
    if _TIMESTAMP.fullmatch(text) is None:
        raise IncompleteSignatureError("timestamp_form")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise IncompleteSignatureError("timestamp_form") from None


def check_scope(
    scope: CredentialScope, timestamp: str, regions: Collection[str]
) -> None:
    """Returns when the scope is ours and of the timestamp's day.

    Args:
        scope: the scope of the credential.
        timestamp: when the request says it was signed.
        regions: the regions that we serve; empty means any.

    Raises:
        SignatureDoesNotMatchError: it is not; the message has every complaint.
    """
    complaints: list[str] = []
    if scope.date != timestamp[:_DATE_CHARACTERS]:
        complaints.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version"
            " of date from HTTP."
        )
    if regions and scope.region not in regions:
        complaints.append("Credential should be scoped to a valid region.")
    if scope.service != SERVICE:
        complaints.append(
            f"Credential should be scoped to correct service: '{SERVICE}'."
        )
    if scope.terminator != TERMINATOR:
        complaints.append(
            f"Credential should be scoped with a valid terminator: '{TERMINATOR}'."
        )
    if complaints:
        raise SignatureDoesNotMatchError("wrong_scope", message=" ".join(complaints))


def check_time(signed_at: datetime, now: datetime) -> None:
    """Returns when the time of signing is near enough; the very bound passes.

    Raises:
        SignatureDoesNotMatchError: it is too long ago, or too far ahead.
    """
    minutes = int(SIGNATURE_SKEW_MAX.total_seconds()) // 60
    if signed_at < now - SIGNATURE_SKEW_MAX:
        raise SignatureDoesNotMatchError(
            "signature_expired",
            message=(
                f"Signature expired: {_print(signed_at)} is now earlier than"
                f" {_print(now - SIGNATURE_SKEW_MAX)}"
                f" ({_print(now)} - {minutes} min.)"
            ),
        )
    if signed_at > now + SIGNATURE_SKEW_MAX:
        raise SignatureDoesNotMatchError(
            "signature_not_yet_current",
            message=(
                f"Signature not yet current: {_print(signed_at)} is still later than"
                f" {_print(now + SIGNATURE_SKEW_MAX)}"
                f" ({_print(now)} + {minutes} min.)"
            ),
        )


def _print(instant: datetime) -> str:
    return instant.strftime(_FORMAT)
