"""Finds and reads the files that hold profiles.

The AWS files come first. A `.daypass` folder in the current folder, as a
development server writes it, is used only where those do not know the profile,
and only as a whole: its endpoint never meets credentials from elsewhere, so that
a folder of a stranger cannot draw them.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from daypass_client import limits
from daypass_client.errors import ConfigurationError
from daypass_client.profiles.ini import Entry, Section, parse_sections
from daypass_client.profiles.surroundings import Surroundings

DEFAULT_PROFILE: Final = "default"
LOCAL_FOLDER: Final = ".daypass"
_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH

Entries = Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class ProfileFiles:
    """The profiles of a pair of files, and where they were looked for."""

    profiles: Mapping[str, Entries]
    places: tuple[Path, ...]

    def get(self, name: str) -> Entries | None:
        """Returns the entries of a profile; None where there is no such profile."""
        return self.profiles.get(name)


def aws_files(surroundings: Surroundings) -> ProfileFiles:
    """Reads the files that the variables of AWS name, or those in `~/.aws`."""
    named = surroundings.path
    home = surroundings.home / ".aws"
    return read_pair(
        credentials=named("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials",
        config=named("AWS_CONFIG_FILE") or home / "config",
    )


def local_files(surroundings: Surroundings) -> ProfileFiles | None:
    """Reads `.daypass` of the current folder.

    Returns None where a variable of AWS names files, and where the folder is
    missing, belongs to somebody else or can be written by others.
    """
    if surroundings.get("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        return None
    folder = surroundings.folder / LOCAL_FOLDER
    try:
        state = folder.lstat()
    except OSError:
        return None
    owned = state.st_uid == os.geteuid()
    if not stat.S_ISDIR(state.st_mode) or not owned:
        return None
    if state.st_mode & _WRITABLE_BY_OTHERS:
        return None
    return read_pair(credentials=folder / "credentials", config=folder / "config")


def read_pair(*, credentials: Path, config: Path) -> ProfileFiles:
    """Reads a credentials file and a config file; either may be missing.

    Where both have a key of a profile, that of the credentials file counts.

    Raises:
        ConfigurationError: a file is malformed, too long or unreadable.
    """
    profiles: dict[str, dict[str, Entry]] = {}
    for section in _read(config):
        name = _config_name(section, str(config))
        if name is not None:
            profiles.setdefault(name, {}).update(section.entries)
    for section in _read(credentials):
        profiles.setdefault(section.name, {}).update(section.entries)
    return ProfileFiles(profiles, (credentials, config))


def _read(path: Path) -> tuple[Section, ...]:
    try:
        with path.open("rb") as file:
            data = file.read(limits.PROFILE_FILE_BYTES_MAX + 1)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        raise ConfigurationError(message, file=str(path)) from error
    if len(data) > limits.PROFILE_FILE_BYTES_MAX:
        raise ConfigurationError(
            f"The file is longer than {limits.PROFILE_FILE_BYTES_MAX:,} bytes.",
            file=str(path),
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "The file is not UTF-8 text."
        line = data[: error.start].count(b"\n") + 1
        # NOTE: not chained: the error holds the bytes, which may be secret.
        raise ConfigurationError(message, file=str(path), line=line) from None
    return parse_sections(text, str(path))


def _config_name(section: Section, file: str) -> str | None:
    """Returns the profile that a section of a config file is of, if it is of one."""
    if section.name == DEFAULT_PROFILE:
        return section.name
    try:
        words = shlex.split(section.name)
    except ValueError as error:
        raise ConfigurationError(
            "The section has a quotation mark without its pair.",
            file=file,
            line=section.line,
        ) from error
    if words[:1] != ["profile"]:
        return None
    if len(words) != 2:  # noqa: PLR2004 - the word `profile` and one name.
        raise ConfigurationError(
            "The section is not of the form [profile name].",
            file=file,
            line=section.line,
        )
    return words[1]
