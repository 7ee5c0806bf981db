"""Whether a signature is meant for us, and for now.

SPEC: sts-operations 3.4 steps 3 to 5; attacks V02, V03, V04.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from daypass.core.errors import IncompleteSignatureError, SignatureDoesNotMatchError
from daypass.core.limits import SIGNATURE_SKEW_MAX
from daypass.sigv4.signature import TERMINATOR, CredentialScope

SERVICE: Final = "sts"

# NOTE: midnight is hour 0 here, though ISO 8601 would let it be hour 24.
_TIMESTAMP: Final = re.compile(r"[0-9]{8}T(?!24)[0-9]{6}Z", re.ASCII)
_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_DATE_CHARACTERS: Final = 8
# Many calls share a second, and a right one was signed lately.
_TIMESTAMPS_KEPT: Final = 1_024
# RFC 9110, IMF-fixdate; some signers write the zone as a number.
_HTTP_DATE: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|[+-]0000)",
    re.ASCII,
)
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


@lru_cache(maxsize=_TIMESTAMPS_KEPT)
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


def parse_date(text: str) -> datetime:
    """Reads the value of a `Date` header, in HTTP's form or that of `X-Amz-Date`.

    Raises:
        IncompleteSignatureError: it is in neither form, or no such time exists.
    """
    found = _HTTP_DATE.fullmatch(text)
    if found is None:
        return parse_timestamp(text)
    day, month, year, hour, minute, second = found.groups()
    try:
        date = datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=UTC)
        return date.replace(hour=int(hour), minute=int(minute), second=int(second))
    except ValueError:
        raise IncompleteSignatureError("timestamp_form") from None


def print_timestamp(instant: datetime) -> str:
    """Prints `yyyymmddThhmmssZ`."""
    return instant.strftime(_FORMAT)


def check_scope(
    scope: CredentialScope,
    timestamp: str,
    regions: Collection[str],
    *,
    service: str = SERVICE,
) -> None:
    """Returns when the scope is ours and of the timestamp's day.

    Args:
        scope: the scope of the credential.
        timestamp: when the request says it was signed.
        regions: the regions that we serve; empty means any.
        service: the service that we are.

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
    if scope.service != service:
        complaints.append(
            f"Credential should be scoped to correct service: '{service}'."
        )
    if scope.terminator != TERMINATOR:
        complaints.append(
            f"Credential should be scoped with a valid terminator: '{TERMINATOR}'."
        )
    if complaints:
        raise SignatureDoesNotMatchError("wrong_scope", message=" ".join(complaints))


def check_time(
    signed_at: datetime, now: datetime, *, lifetime: timedelta = SIGNATURE_SKEW_MAX
) -> None:
    """Returns when the time of signing is near enough; the very bound passes.

    Args:
        signed_at: when it was signed.
        now: the time.
        lifetime: how long it is good for.

    Raises:
        SignatureDoesNotMatchError: it is too long ago, or too far ahead.
    """
    # NOTE: the ages are compared, because instants near the ends of time cannot be
    # moved by a span.
    age = now - signed_at
    if age > lifetime:
        raise SignatureDoesNotMatchError(
            "signature_expired",
            message=(
                f"Signature expired: {print_timestamp(signed_at)} is now earlier than"
                f" {print_timestamp(now - lifetime)}"
                f" ({print_timestamp(now)} - {_print_span(lifetime)})"
            ),
        )
    if -age > SIGNATURE_SKEW_MAX:
        raise SignatureDoesNotMatchError(
            "signature_not_yet_current",
            message=(
                f"Signature not yet current: {print_timestamp(signed_at)} is still"
                f" later than {print_timestamp(now + SIGNATURE_SKEW_MAX)}"
                f" ({print_timestamp(now)} + {_print_span(SIGNATURE_SKEW_MAX)})"
            ),
        )


def _print_span(span: timedelta) -> str:
    """Prints whole minutes as such, and other spans in seconds."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    return f"{minutes * 60 + seconds} sec." if seconds else f"{minutes} min."
