"""What the door tells about calls, to whoever counts, times or logs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from daypass.core.errors import DaypassError
from daypass.core.quick import quick_init
from daypass.sts.caller import CallContext, Caller

# Stands for every method that there is not, so that callers cannot make up
# metric labels.
UNKNOWN_METHOD: Final = "unknown"


@quick_init
@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How a call ended.

    Attributes:
        code: the name of the gRPC code, such as `OK` or `CANCELLED`.
        duration: from the first byte to the decision on the answer.
        caller: who called, where that was proven.
        error: what the caller was told; None for `OK` and `CANCELLED`.
        fault: what went wrong inside, if it is a fault of ours. It may hold
            anything and is for the operator's log alone.
    """

    code: str
    duration: timedelta
    caller: Caller | None = None
    error: DaypassError | None = None
    fault: BaseException | None = None


class CallObserver(Protocol):
    """Learns of every call. It must not raise and must not wait."""

    @property
    def sees_starts(self) -> bool:
        """Whether it is to be told of calls that begin, and not of their ends alone."""
        ...

    def call_started(self, method: str, call: CallContext) -> None:
        """Takes note of a call, before anything of it is read."""
        ...

    def call_finished(
        self, method: str, call: CallContext, outcome: CallOutcome
    ) -> None:
        """Takes note of how the call ended, before the answer leaves."""
        ...
