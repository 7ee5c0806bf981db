"""Makes `python -m loadtest` the command."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Final, NoReturn

from loadtest.command import main

# What shells call the end by SIGTERM.
_TERMINATED: Final = 128 + signal.SIGTERM


def _end(_: int, __: FrameType | None) -> NoReturn:
    """Ends the run as an error does, so that no server that it started stays."""
    sys.exit(_TERMINATED)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main(sys.argv[1:]))
