"""What the process has around it, as values: the environment and two folders."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The environment, which is not shown, the home folder and the current one."""

    environ: Mapping[str, str] = field(repr=False)
    home: Path
    folder: Path

    @classmethod
    def of_process(cls) -> Surroundings:
        """Returns what this process has around it; only here is it looked up."""
        return cls(os.environ, Path("~").expanduser(), Path.cwd())

    def get(self, *names: str) -> str | None:
        """Returns the first of these variables that is set and not empty."""
        for name in names:
            value = self.environ.get(name)
            if value:
                return value
        return None

    def path(self, name: str) -> Path | None:
        """Returns the path that a variable holds, from the current folder."""
        value = self.get(name)
        return None if value is None else self.resolve(value)

    def resolve(self, text: str) -> Path:
        """Returns a path as a person writes it: `~` and relative paths included."""
        if text == "~" or text.startswith("~/"):
            return self.home / text[2:]
        return self.folder / text
