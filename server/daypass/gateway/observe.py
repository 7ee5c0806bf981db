"""What the door tells about requests, to whoever counts, times or logs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from daypass.core.quick import quick_init
from daypass.gateway.exchange import Answer
from daypass.sts.caller import CallContext


@quick_init
@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """How a request ended.

    Attributes:
        method: the HTTP method, of a closed list, or `_OTHER`.
        route: the path, of a closed list, or empty.
        answer: what was answered; None where the request was cancelled.
        duration: from the head of the request to the decision on the answer.
    """

    method: str
    route: str
    answer: Answer | None
    duration: timedelta


class RequestObserver(Protocol):
    """Learns of every request. It must not raise and must not wait."""

    def request_started(self, call: CallContext) -> None:
        """Takes note of a request whose head has arrived."""
        ...

    def request_finished(self, call: CallContext, outcome: RequestOutcome) -> None:
        """Takes note of how the request ended, before the answer leaves."""
        ...
