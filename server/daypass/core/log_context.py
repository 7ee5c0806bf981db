"""What every log line of a call says, bound once at the door that it came through.

It goes where the call goes: to its task, and to the tasks that this one starts. To
bind it costs next to nothing; most calls write no line.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final

_CALL: Final[ContextVar[tuple[str, str] | None]] = ContextVar("call", default=None)


def bind_call(request_id: str, method: str) -> None:
    """Has every line from here on name a call.

    Args:
        request_id: names the call.
        method: what was called, of a closed list.
    """
    _CALL.set((request_id, method))


def call_fields() -> Mapping[str, str]:
    """Returns the fields that name the present call; none where there is none."""
    bound = _CALL.get()
    if bound is None:
        return {}
    request_id, method = bound
    return {"request_id": request_id, "method": method}
