"""The AWS CLI, unmodified, against the HTTP door."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.aws_clients import aws, write_profiles
from support.http_client import Keys
from support.http_organisation import CLOSED, DEV, READER, A, B
from support.http_world import HttpWorld


@pytest.fixture
def home(world: HttpWorld, dev: Keys, tmp_path: Path) -> Path:
    """Returns a home with the profile of a user."""
    write_profiles(tmp_path, world, dev=dev)
    return tmp_path


def _answer(home: Path, *words: str, profile: str = "dev", **variables: str) -> Any:
    named = ("--profile", profile) if profile else ()
    result = aws(home, *named, "sts", *words, **variables)
    assert 0 == result.returncode, result.stderr
    return json.loads(result.stdout)


def test_endpoint_url(world: HttpWorld, dev: Keys, tmp_path: Path) -> None:
    """Keys in the environment and `--endpoint-url` are all that it takes."""
    result = aws(
        tmp_path,
        *("--endpoint-url", world.url, "--region", "us-east-1"),
        *("sts", "get-caller-identity"),
        AWS_ACCESS_KEY_ID=dev.access_key_id,
        AWS_SECRET_ACCESS_KEY=dev.secret_access_key,
    )

    assert 0 == result.returncode, result.stderr
    found = json.loads(result.stdout)
    assert (DEV, A) == (found["Arn"], found["Account"])


def test_assume_role_and_use_it(home: Path, world: HttpWorld) -> None:
    """The credentials of a role are printed, and are good for the next command."""
    found = _answer(
        home,
        "assume-role",
        *("--role-arn", READER, "--role-session-name", "s1"),
        *("--tags", "Key=Team,Value=red", "Key=b,Value="),
        *("--transitive-tag-keys", "Team", "--duration-seconds", "900"),
    )["Credentials"]

    caller = _answer(
        home,
        "get-caller-identity",
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ENDPOINT_URL_STS=world.url,
        AWS_ACCESS_KEY_ID=found["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=found["SecretAccessKey"],
        AWS_SESSION_TOKEN=found["SessionToken"],
        profile="",
    )

    assert f"arn:aws:sts::{B}:assumed-role/Reader/s1" == caller["Arn"]


def test_access_key_info(home: Path, dev: Keys) -> None:
    """GetAccessKeyInfo keeps the zero of an account, also in YAML and as text."""
    words = ("get-access-key-info", "--access-key-id", dev.access_key_id)

    assert A == _answer(home, *words)["Account"]
    text = aws(home, "--profile", "dev", "--output", "text", "sts", *words)
    assert f"{A}\n" == text.stdout


def test_denial(home: Path) -> None:
    """A denial is told in the words of AWS, and decoding it is one command more."""
    result = aws(
        home,
        *("--profile", "dev", "sts", "assume-role"),
        *("--role-arn", CLOSED, "--role-session-name", "s1"),
    )

    assert 0 != result.returncode
    assert "An error occurred (AccessDenied) when calling the AssumeRole" in (
        result.stderr
    )
    assert f"{DEV} is not authorized to perform: sts:AssumeRole" in result.stderr
