"""What the first process of a container owes to those around it.

The kernel gives it the processes whose parents have ended, and no signal that it has
no handler for. A server with several workers has a supervisor for the former, from
when it runs; this is for the time before, and for a server without one.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from types import FrameType
from typing import Final

_FIRST: Final = 1
# What a shell says of a program that a signal has ended.
_ENDED_BY_SIGNAL: Final = 128


def end_when_told(pid: int) -> None:
    """Lets SIGTERM end this process as it ends any other, until it is served.

    Args:
        pid: the number of this process; that of the first one is 1.
    """
    if pid == _FIRST:
        signal.signal(signal.SIGTERM, _end)


def take_orphans() -> None:
    """Lets processes end that are nobody's any more: the kernel keeps none.

    NOTE: it keeps none that this process has started either. No command starts any
    but the supervisor, which listens to their ends again.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # What had ended before stays until it is asked for.
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _end(number: int, _: FrameType | None) -> None:
    os._exit(_ENDED_BY_SIGNAL + number)
