"""Defects of ours that a call survives, for the operator's log.

A decision or an explanation that fails inside ends in a denial, which tells its
caller nothing of that. Logged where it happens, the cause is on record also for an
item of a batch and for an answer that is no error. The line belongs to its call by
the request id that the door has bound.
"""

from __future__ import annotations

import logging
from typing import Final

from daypass.policy.decision import Decision
from daypass.policy.evaluate import decide
from daypass.policy.question import Question

_log: Final = logging.getLogger(__name__)


def log_fault(what: str, fault: Exception) -> None:
    """Logs that something failed inside, with the traceback.

    Args:
        what: what failed, in words that are the same each time.
        fault: why. A `Secret` in it shows as such.
    """
    _log.error(what, exc_info=fault)


def decide_and_log(question: Question) -> Decision:
    """Decides as `decide` does, and logs the fault of a decision that failed."""
    decision = decide(question)
    if decision.fault is not None:
        log_fault("a decision failed", decision.fault)
    return decision
