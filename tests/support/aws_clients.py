"""AWS clients that we did not write, pointed at the HTTP door."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from support.http_client import Keys
from support.http_world import HttpWorld

CLI = Path(sys.executable).parent / "aws"
CLI_SECONDS_MAX = 40


def sts(
    world: HttpWorld, keys: Keys, *, attempts: int = 1, verify: str | None = None
) -> Any:
    """Returns a client of STS with these credentials.

    Args:
        world: whose door.
        keys: the credentials.
        attempts: how often it tries at the most.
        verify: the file of the authorities that it trusts.
    """
    retries = {"total_max_attempts": attempts, "mode": "standard"}
    session = boto3.Session(
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        aws_session_token=keys.session_token,
        region_name="us-east-1",
    )
    return session.client(
        "sts",
        endpoint_url=world.url,
        config=Config(retries=retries),
        verify=verify or True,
    )


def keys_in(credentials: dict[str, Any]) -> Keys:
    """Returns credentials as an operation answers them."""
    return Keys(
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
    )


def refusal(error: ClientError) -> tuple[int, str]:
    """Returns the status and the code of a refusal."""
    found = error.response
    return found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]["Code"]


def profile_session(name: str) -> botocore.session.Session:
    """Returns a session of botocore with a profile of the files in force."""
    return botocore.session.Session(profile=name)


def write_profiles(folder: Path, world: HttpWorld, **keys: Keys) -> None:
    """Writes profiles with keys, each of which knows the endpoint of STS.

    The files are those that clients look for in a home.
    """
    home = folder / ".aws"
    home.mkdir(exist_ok=True)
    with (home / "credentials").open("a", encoding="utf-8") as file:
        for name, pair in keys.items():
            file.write(
                f"[{name}]\naws_access_key_id = {pair.access_key_id}\n"
                f"aws_secret_access_key = {pair.secret_access_key}\n"
            )
    with (home / "config").open("a", encoding="utf-8") as file:
        for name in keys:
            file.write(f"[profile {name}]\nregion = us-east-1\nservices = test\n")
        file.write(f"[services test]\nsts =\n  endpoint_url = {world.url}\n")


def add_profile(folder: Path, name: str, **settings: str) -> None:
    """Adds a profile to the files that `write_profiles` wrote."""
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    with (folder / ".aws" / "config").open("a", encoding="utf-8") as file:
        file.write(f"[profile {name}]\nregion = us-east-1\nservices = test\n{lines}")


def aws(
    folder: Path, *words: str, typed: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs the AWS CLI with a folder as its home, whatever its exit status.

    What is typed comes by standard input, since there is no terminal.
    """
    return subprocess.run(
        [str(CLI), *words],
        cwd=folder,
        env={
            "PATH": os.pathsep.join([str(CLI.parent), os.defpath]),
            "HOME": str(folder),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=CLI_SECONDS_MAX,
        input=typed,
        # Otherwise it would ask whoever runs the tests.
        start_new_session=True,
    )
