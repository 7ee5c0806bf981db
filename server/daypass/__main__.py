"""Runs `daypassd`, also as `python -m daypass`."""

import gc
import os
from collections.abc import Callable

from daypass.first_process import end_when_told, take_orphans


def main() -> None:
    """Runs the command."""
    end_when_told(os.getpid())
    take_orphans()
    # Importing it takes a second, in which it may be told to end.
    load()()


def load() -> Callable[[], None]:
    """Imports the command, and returns it.

    What is imported stays, and there is nothing to find in it for a search for
    garbage: four of them took an eighth of the time. Later ones leave it out.
    """
    gc.disable()
    try:
        from daypass.cli import main as run  # noqa: PLC0415
    finally:
        gc.freeze()
        gc.enable()
    return run


if __name__ == "__main__":
    main()
