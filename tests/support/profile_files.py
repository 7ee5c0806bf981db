"""Files and variables that hold profiles, for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from daypass_client import Credentials
from daypass_client.profiles.surroundings import Surroundings


def keys_of(caller: Credentials) -> str:
    """Returns credentials as entries of a file."""
    text = (
        f"aws_access_key_id = {caller.access_key_id}\n"
        f"aws_secret_access_key = {caller.secret_access_key.reveal()}\n"
    )
    if caller.session_token is not None:
        text += f"aws_session_token = {caller.session_token.reveal()}\n"
    return text


def variables_of(caller: Credentials) -> dict[str, str]:
    """Returns credentials as variables of the environment."""
    return {
        "AWS_ACCESS_KEY_ID": caller.access_key_id,
        "AWS_SECRET_ACCESS_KEY": caller.secret_access_key.reveal(),
    }


def with_environ(around: Surroundings, **variables: str) -> Surroundings:
    """Returns surroundings with these variables."""
    return replace(around, environ=variables)


def write(folder: Path, *, credentials: str = "", config: str = "") -> None:
    """Writes the two files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "credentials").write_text(credentials, encoding="utf-8")
    (folder / "config").write_text(config, encoding="utf-8")
