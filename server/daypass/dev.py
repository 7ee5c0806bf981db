"""A server for one developer's machine, which makes whatever it needs.

The first start makes the keys, the access keys of the example's users, and profiles
for them; later starts find all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from rich.console import Console

from daypass.adapters.demo_provider import is_reserved
from daypass.adapters.demo_saml import make_missing_providers
from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.directory_folder import read_texts
from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.adapters.private_files import read_private, replace_private
from daypass.adapters.provider_key_sets import oidc_providers
from daypass.adapters.secrets import SecretResolver
from daypass.adapters.shared_profiles import user_profiles, write_profiles
from daypass.adapters.system import keeping_all
from daypass.config import Settings, environment
from daypass.core.limits import SECRET_FILE_BYTES_MAX
from daypass.core.ports import Clock, Entropy
from daypass.core.secret import Secret
from daypass.directory.ahead import DeclaredAhead
from daypass.directory.build import Declaration, declare
from daypass.directory.devices import read_seed
from daypass.directory.model import Directory
from daypass.federation.totp import code_of, step_at
from daypass.state import (
    Served,
    StateError,
    StatePaths,
    initialise,
    make_state_folder,
    read_master_key,
)

_REGION: Final = "us-east-1"
# A name that no one can have (RFC 6761): tokens of a developer's machine are good
# nowhere else.
_ISSUER: Final = "https://daypass.localhost"
_ROLE: Final = "arn:aws:iam::123456789012:role/ReadOnlyRole"
_AWS: Final = "sts get-caller-identity"
_OPERATOR_DEVICE: Final = "arn:aws:iam::123456789012:mfa/operator-phone"
_OPERATOR_SEED: Final = "keys/operator-phone.seed"
# Tells the state folder of a development server from any other.
DEVELOPMENT_MARK: Final = "development"
_MARK_TEXT: Final = b"Made by `daypassd dev`, for the machine of one developer.\n"
_TRY: Final = (
    "daypass --profile dev whoami",
    f"daypass --profile dev assume-role {_ROLE}",
    "daypass --profile admin sessions list",
)


class NotDevelopmentError(ValueError):
    """A seed is not one of a development server, so its codes are not shown."""


def prepare(
    arguments: Sequence[str],
    *,
    about: str,
    directory: Path,
    clock: Clock,
    entropy: Entropy,
    ahead: DeclaredAhead | None = None,
) -> Settings:
    """Reads the settings with a developer's defaults, and makes what is missing.

    Args:
        arguments: the flags.
        about: what the command does, for its help.
        directory: the directory to serve unless a setting names another.
        clock: dates new keys.
        entropy: draws new keys.
        ahead: is given what the directory declares, which the server reads next.

    Raises:
        InvalidSettingsError: a setting is wrong.
        StateError: the state folder cannot be used, or is not a developer's.
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
        issuer_url=_ISSUER,
        reflection=True,
        log_format="console",
        log_level="warning",
    )
    _mark(settings)
    initialise(settings, clock=clock, entropy=entropy)
    secrets = StatePaths.of(settings).secrets
    declared = _make_missing(settings.directory, secrets, clock=clock, entropy=entropy)
    if ahead is not None:
        ahead.keep(declared)
    return settings


@keeping_all()
def _make_missing(
    folder: Path, secrets: Path, *, clock: Clock, entropy: Entropy
) -> Declaration:
    declared = declare(read_texts(folder).texts)
    generate_missing_secrets(folder, secrets, entropy, declared=declared)
    make_missing_providers(folder, secrets, now=clock.now(), declared=declared)
    return declared


def _mark(settings: Settings) -> None:
    """Marks the state folder as a developer's, which it is from its first start on.

    Raises:
        StateError: another command has made keys there. They may be those of a
            deployment, whose codes and access keys are for no developer's screen.
        OSError: the mark cannot be written.
    """
    folder, paths = settings.state_dir, StatePaths.of(settings)
    make_state_folder(folder)
    if (folder / DEVELOPMENT_MARK).is_file():
        return
    if paths.keyring.exists() or (folder / "master.key").exists():
        raise StateError(
            f"{folder} has keys that `daypassd dev` did not make: name another"
            " state_dir, or run `daypassd serve`"
        )
    replace_private(folder / DEVELOPMENT_MARK, _MARK_TEXT)


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
    # Where a server will listen that is not running yet.
    served = Served(
        settings.grpc_listen,
        settings.http_listen or None,
        tls=settings.tls_cert_file is not None,
    )
    _write_profiles(settings, served, directory)
    return settings.state_dir


def demo_code(seed_file: Path, now: datetime) -> Secret:
    """Returns the code of a seed that a development server has made.

    Args:
        seed_file: the file of the seed.
        now: tells which code.

    Raises:
        NotDevelopmentError: it is not in the state folder of a development server,
            or is no seed.
        PrivateFileError: others may read it.
        OSError: it cannot be read.
    """
    path = seed_file.resolve(strict=True)
    if not any((folder / DEVELOPMENT_MARK).is_file() for folder in path.parents):
        raise NotDevelopmentError(
            f"{seed_file} is not in the state folder of `daypassd dev`"
        )
    seed = read_seed(Secret(read_private(path, size_max=SECRET_FILE_BYTES_MAX)))
    if seed is None:
        raise NotDevelopmentError(f"{seed_file} is no seed of a second factor")
    return code_of(seed, step_at(now))


def announce(
    settings: Settings, served: Served, directory: Directory, out: Console
) -> None:
    """Writes profiles for the users of a running server, and says what to type."""
    names = _write_profiles(settings, served, directory)
    out.print(f"Daypass serves {settings.directory} on {served.grpc} (gRPC).")
    if served.http is not None:
        out.print(f"AWS SDKs and the AWS CLI: --endpoint-url {_url(served)}")
    out.print(f"Profiles in {settings.state_dir}/: {', '.join(names) or 'none'}")
    # Another directory than the example has other users.
    if {"dev", "admin"} <= set(names):
        out.print("Try, in a second shell:\n")
        for line in _TRY:
            out.print(f"  .venv/bin/{line}")
        if served.http is not None:
            out.print(f"  {_environment(settings)} \\")
            out.print(f"    aws --profile dev {_AWS}")

    seed = StatePaths.of(settings).secrets / _OPERATOR_SEED
    if "operator" in names and seed.is_file():
        out.print(f"\nA code of {_OPERATOR_DEVICE}, in place of a phone:\n")
        out.print(f"  .venv/bin/daypassd mfa demo-code {seed}")
    issuers = _stood_in_for(directory)
    if issuers:
        out.print(f"\nIdentity providers that are stood in for: {', '.join(issuers)}")
        out.print("A token of one: .venv/bin/daypassd demo identity-token --help")


def _write_profiles(
    settings: Settings, served: Served, directory: Directory
) -> list[str]:
    """Writes profiles for the users of a directory, and returns their names."""
    profiles = user_profiles(directory)
    write_profiles(
        settings.state_dir,
        profiles,
        region=_REGION,
        endpoint=served.grpc,
        aws_endpoint=None if served.http is None else _url(served),
    )
    return [profile.name for profile in profiles]


def _stood_in_for(directory: Directory) -> list[str]:
    providers = oidc_providers(directory)
    return sorted(
        {one.url for one in providers if one.key_set is None and is_reserved(one.url)}
    )


def _url(served: Served) -> str:
    return f"{'https' if served.tls else 'http'}://{served.http}"


def _environment(settings: Settings) -> str:
    """Returns what tells the AWS CLI where the profiles are."""
    state = settings.state_dir
    return (
        f"AWS_CONFIG_FILE={quote(str(state / 'config'))}"
        f" AWS_SHARED_CREDENTIALS_FILE={quote(str(state / 'credentials'))}"
    )
