"""Settings of a server as a test needs them, apart from flags and environment."""

from __future__ import annotations

from pathlib import Path

from daypass.config import Settings


def settings_in(folder: Path, *flags: str, state: str = "state") -> Settings:
    """Returns settings whose state lies in a folder of the test."""
    return Settings.load(
        ["--state-dir", str(folder / state), *flags],
        program="daypassd test",
        about="Tests.",
    )
