"""Runs `daypassd`, also as `python -m daypass`."""

import os

from daypass.first_process import end_when_told, take_orphans


def main() -> None:
    """Runs the command."""
    end_when_told(os.getpid())
    take_orphans()
    # Importing it takes a second, in which it may be told to end.
    from daypass.cli import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    main()
