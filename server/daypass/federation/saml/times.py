"""Times of assertions: one form, and comparisons that allow for clocks that are off.

SPEC: SAML 2.0 core 1.3.3, which demands UTC; attacks S39 and S40.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from daypass.core import saml_limits as limits
from daypass.federation.saml.refusals import SamlRefusedError

_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z",
    re.ASCII,
)
_MICROSECOND_DIGITS: Final = 6


def instant(text: str) -> datetime:
    """Reads an `xs:dateTime` in UTC; what is finer than a microsecond is dropped.

    Raises:
        SamlRefusedError: it has another form, or is not a time of the calendar.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise SamlRefusedError("time_malformed")
    digits = (match[2] or "")[:_MICROSECOND_DIGITS].ljust(_MICROSECOND_DIGITS, "0")
    try:
        whole = datetime.fromisoformat(match[1])
    except ValueError as exc:
        raise SamlRefusedError("time_malformed") from exc
    return whole.replace(microsecond=int(digits), tzinfo=UTC)


def is_future(time: datetime, *, now: datetime) -> bool:
    """Tells whether a time is still to come, on whichever clock."""
    return time > now + limits.SAML_CLOCK_SKEW_MAX


def is_past(end: datetime, *, now: datetime) -> bool:
    """Tells whether an end has been reached, on whichever clock."""
    return end <= now - limits.SAML_CLOCK_SKEW_MAX
