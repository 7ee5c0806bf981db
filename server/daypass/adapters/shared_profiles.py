"""Profiles in the AWS shared-file format, for the users of a development server.

Each user with an active access key gets a profile of the user's name; where two
accounts have a user of one name, the account's name stands before it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from daypass.adapters.private_files import replace_private
from daypass.directory.entities import AccessKey, UserEntry
from daypass.directory.model import Directory

# Without it AWS clients would call AWS with these keys.
_SERVICES: Final = "services = daypass\n"


@dataclass(frozen=True, slots=True)
class SharedProfile:
    """A profile and whose it is; the key's secret prints as redacted."""

    name: str
    arn: str
    key: AccessKey


def user_profiles(directory: Directory) -> tuple[SharedProfile, ...]:
    """Returns the profiles of all users that have an active access key.

    Of two active keys the first counts.
    """
    users = sorted(directory.users, key=lambda user: user.principal.arn)
    counts = Counter(user.principal.name for user in users)
    return tuple(
        SharedProfile(_name(user, directory, counts), user.principal.arn, key)
        for user in users
        for key in [key for key in user.access_keys if key.active][:1]
    )


def write_profiles(
    folder: Path,
    profiles: tuple[SharedProfile, ...],
    *,
    region: str,
    endpoint: str,
    aws_endpoint: str | None,
) -> None:
    """Writes `credentials` and `config`, readable by their owner only.

    Args:
        folder: where they go.
        profiles: what they hold.
        region: the region that signatures name.
        endpoint: HOST:PORT of the gRPC door.
        aws_endpoint: the URL of the HTTP door, where AWS clients find STS; None
            where there is none.

    Raises:
        OSError: a file cannot be written.
    """
    credentials = "".join(
        f"[{profile.name}]\n"
        f"aws_access_key_id = {profile.key.access_key_id}\n"
        f"aws_secret_access_key = {profile.key.secret_access_key.reveal_text()}\n\n"
        for profile in profiles
    )
    config = "".join(
        f"[profile {profile.name}]\n"
        f"# {profile.arn}\n"
        f"region = {region}\n"
        f"daypass_endpoint = {endpoint}\n"
        f"{'' if aws_endpoint is None else _SERVICES}\n"
        for profile in profiles
    )
    if profiles and aws_endpoint is not None:
        config += f"[services daypass]\nsts =\n  endpoint_url = {aws_endpoint}\n"
    replace_private(folder / "credentials", credentials.encode())
    replace_private(folder / "config", config.encode())


def _name(user: UserEntry, directory: Directory, counts: Counter[str]) -> str:
    name = user.principal.name
    if counts[name] == 1:
        return name
    account = directory.account(user.principal.account_id)
    prefix = account.name if account is not None else user.principal.account_id
    return f"{prefix}-{name}".replace(" ", "-")
