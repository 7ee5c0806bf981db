"""Where a call stands in a trace that began elsewhere.

It is strict, as the specification asks for: what is malformed is ignored whole, and
the call begins a trace of its own. A claim of the caller's, it decides nothing but
what a span is filed under and whether it is kept.

SPEC: W3C Trace Context, section 3.2, `traceparent`, versions 00 to fe. `tracestate`
is left out: nothing of it is read here, and Daypass makes no calls to pass it to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from daypass.core import limits

_FORM: Final = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})"
    r"-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?",
    re.ASCII,
)
_FIRST_VERSION: Final = "00"
_NO_VERSION: Final = "ff"
_SAMPLED: Final = 0x01


@dataclass(frozen=True, slots=True)
class TraceParent:
    """The span that a call is part of, in whoever made it.

    Attributes:
        trace_id: names the trace; never 0.
        span_id: names the caller's span; never 0.
        sampled: whether the caller keeps its part of the trace.
    """

    trace_id: int
    span_id: int
    sampled: bool

    @classmethod
    def read(cls, values: Sequence[str]) -> Self | None:
        """Returns what the values of `traceparent` say, or None if that is nothing.

        Args:
            values: as they came; more than one are as good as none.
        """
        if len(values) != 1 or len(values[0]) > limits.TRACE_PARENT_CHARACTERS_MAX:
            return None
        form = _FORM.fullmatch(values[0])
        if form is None or form["version"] == _NO_VERSION:
            return None
        # A later version may say more behind these four; the first may not.
        if form["version"] == _FIRST_VERSION and form["more"] is not None:
            return None
        trace_id, span_id = int(form["trace"], 16), int(form["span"], 16)
        if not trace_id or not span_id:
            return None
        sampled = bool(int(form["flags"], 16) & _SAMPLED)
        return cls(trace_id, span_id, sampled)
