"""A server for one developer's machine, which makes whatever it needs.

The first start makes the keys, the access keys of the example's users, and profiles
for them; later starts find all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from rich.console import Console

from daypass.adapters.directory_files import DirectoryFiles, generate_missing_secrets
from daypass.adapters.secrets import SecretResolver
from daypass.adapters.shared_profiles import user_profiles, write_profiles
from daypass.config import Settings, environment
from daypass.core.ports import Clock, Entropy
from daypass.directory.model import Directory
from daypass.state import StatePaths, initialise, read_master_key

_REGION: Final = "us-east-1"
_ROLE: Final = "arn:aws:iam::123456789012:role/ReadOnlyRole"
_TRY: Final = (
    "daypass --profile dev whoami",
    f"daypass --profile dev assume-role {_ROLE}",
    "daypass --profile admin sessions list",
)


def prepare(
    arguments: Sequence[str],
    *,
    about: str,
    directory: Path,
    clock: Clock,
    entropy: Entropy,
) -> Settings:
    """Reads the settings with a developer's defaults, and makes what is missing.

    Args:
        arguments: the flags.
        about: what the command does, for its help.
        directory: the directory to serve unless a setting names another.
        clock: dates new keys.
        entropy: draws new keys.

    Raises:
        InvalidSettingsError: a setting is wrong.
        StateError: the state folder cannot be used.
        DirectoryInvalidError: the directory cannot be read.
        OSError: a file cannot be written.
    """
    base = Settings.load(
        arguments, program="daypassd dev", about=about, directory=directory
    )
    settings = Settings.load(
        arguments,
        program="daypassd dev",
        about=about,
        directory=directory,
        store=f"memory://?journal={quote(str(base.state_dir / 'journal'))}",
        unique_ids_file=base.state_dir / "unique-ids.json",
        reflection=True,
        log_format="console",
        log_level="warning",
    )
    initialise(settings, clock=clock, entropy=entropy)
    secrets = StatePaths.of(settings).secrets
    generate_missing_secrets(settings.directory, secrets, entropy)
    return settings


def generate_access_keys(settings: Settings, *, entropy: Entropy) -> Path:
    """Makes the access keys that users refer to and that are missing, and profiles.

    Returns:
        The folder that holds the profiles.

    Raises:
        DirectoryInvalidError: the directory has faults.
        OSError: a file cannot be written.
    """
    paths = StatePaths.of(settings)
    generate_missing_secrets(settings.directory, paths.secrets, entropy)
    directory = DirectoryFiles.open(
        folder=settings.directory,
        registry=paths.unique_ids,
        secrets=SecretResolver(
            folder=paths.secrets,
            environment=environment(),
            master_key=read_master_key(settings),
        ),
        entropy=entropy,
    ).current()
    write_profiles(
        settings.state_dir,
        user_profiles(directory),
        region=_REGION,
        endpoint=settings.grpc_listen,
    )
    return settings.state_dir


def announce(
    settings: Settings, address: str, directory: Directory, out: Console
) -> None:
    """Writes profiles for the users of a running server, and says what to type."""
    profiles = user_profiles(directory)
    write_profiles(settings.state_dir, profiles, region=_REGION, endpoint=address)
    names = [profile.name for profile in profiles]
    out.print(f"Daypass serves {settings.directory} on {address} (gRPC).")
    out.print(f"Profiles in {settings.state_dir}/: {', '.join(names) or 'none'}")
    # Another directory than the example has other users.
    if {"dev", "admin"} <= set(names):
        out.print("Try, in a second shell:\n")
        for line in _TRY:
            out.print(f"  .venv/bin/{line}")
