"""A working folder and an environment that hold what a test says, and no settings."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


class Surroundings:
    """What a program finds around itself while a test runs.

    Args:
        folder: the working folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def set(self, name: str, value: str) -> None:
        """Sets an environment variable until the test ends."""
        os.environ[name] = value

    def write_settings(self, text: str) -> None:
        """Writes the settings file."""
        (self.folder / "daypass.toml").write_text(text, encoding="utf-8")


@contextlib.contextmanager
def surroundings(folder: Path) -> Iterator[Surroundings]:
    """Works in a folder, without any setting of whoever runs the tests."""
    before = dict(os.environ)
    for name in before:
        if name.upper().startswith(("DAYPASS_", "AWS_")):
            del os.environ[name]
    try:
        with contextlib.chdir(folder):
            yield Surroundings(folder)
    finally:
        os.environ.clear()
        os.environ.update(before)
