"""What the kernel tells of processes."""

from __future__ import annotations

from pathlib import Path


def children_of(pid: int) -> list[int]:
    """Returns the children of a process, those that have ended and wait included."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(word) for word in text.split()]


def is_running(pid: int) -> bool:
    """Tells whether a process is there and has not ended."""
    return state_of(pid) not in {None, "Z", "X"}


def state_of(pid: int) -> str | None:
    """Returns the letter of a process's state, or None where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name before it may hold anything.
    return text.rpartition(")")[2].split()[0]
