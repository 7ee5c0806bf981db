"""What is wrong in a folder: each fault with its file, line, path and reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# A path into a file: keys of mappings, and indexes of lists from 0.
Path = tuple[str | int, ...]

# Any other key is printed quoted, with what a terminal may act on escaped.
_PLAIN_KEY: Final = re.compile(r"[\w+=,@:/*-]+", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault of a folder of files.

    Attributes:
        file: the file's name, relative to the folder; empty for the folder itself.
        line: the line, from 1; 0 where no line is meant.
        path: the place inside the file, such as `users.dev.access_keys[0].id`.
        reason: what is wrong, in words for the person who edits the file. It
            quotes no secret.
    """

    file: str
    line: int
    path: str
    reason: str

    def __str__(self) -> str:
        """Prints the fault in one line, as compilers do."""
        place = f"{self.file or '.'}:{self.line}" if self.line else self.file or "."
        return ": ".join(part for part in (place, self.path, self.reason) if part)


class DirectoryInvalidError(Exception):
    """A folder of directory files has faults, so there is no directory.

    Args:
        faults: all of them, in order of file and line.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        count = len(self.faults)
        noun = "fault" if count == 1 else "faults"
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(f"the directory has {count} {noun}:\n{lines}")


def path_text(path: Path) -> str:
    """Prints a path: `roles.Reader.policies["a.b"][0]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}"
        else:
            text += f"[{part!a}]"
    return text.removeprefix(".")
