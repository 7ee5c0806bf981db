"""Profiles in whose place boto3 and the AWS CLI fetch credentials of ours.

Each is the same file for both of them.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from support.aws_clients import add_profile, aws, profile_session, write_profiles
from support.http_client import Keys, ask, signed
from support.http_organisation import AUDIT, DEV, PHONE, READER, VAULT, VISITORS, A, B
from support.http_world import HttpWorld
from support.oidc_issuer import claims, sign
from support.phone import code_of, wrong_code_of
from support.surroundings import Surroundings

# Returns the ARN of a profile, or the code of the error.
Ask = Callable[[str], str]


@pytest.fixture
def home(world: HttpWorld, dev: Keys, around: Surroundings) -> Path:
    """Returns a home with the profile of a user."""
    write_profiles(around.folder, world, dev=dev)
    return around.folder


def _by_boto3(profile: str) -> str:
    client = boto3.Session(profile_name=profile).client("sts")
    try:
        return str(client.get_caller_identity()["Arn"])
    except ClientError as error:
        return str(error.response["Error"]["Code"])


@pytest.fixture(params=["boto3", "cli"])
def caller(request: pytest.FixtureRequest, home: Path) -> Ask:
    """Returns what asks who a profile is."""

    def by_cli(profile: str) -> str:
        result = aws(home, "--profile", profile, "sts", "get-caller-identity")
        if result.returncode == 0:
            return str(json.loads(result.stdout)["Arn"])
        return result.stderr.partition("(")[2].partition(")")[0]

    return _by_boto3 if request.param == "boto3" else by_cli


def _session(account: str, role: str, name: str) -> str:
    return f"arn:aws:sts::{account}:assumed-role/{role}/{name}"


def test_source_profile(home: Path, caller: Ask) -> None:
    """A profile with a role assumes it with the keys of another, along a chain."""
    first = {"role_arn": READER, "role_session_name": "first"}
    next_role = f"arn:aws:iam::{B}:role/Next"
    add_profile(home, "reader", source_profile="dev", **first)
    add_profile(
        home,
        "next",
        source_profile="reader",
        role_arn=next_role,
        role_session_name="second",
    )

    assert _session(B, "Next", "second") == caller("next")


def test_external_id(home: Path, caller: Ask) -> None:
    """A profile with the external id of a role assumes it, and no other does."""
    settings = {"role_arn": AUDIT, "source_profile": "dev", "role_session_name": "s1"}
    add_profile(home, "partner", external_id="e-42", **settings)
    add_profile(home, "stranger", external_id="e-43", **settings)

    assert _session(B, "Audit", "s1") == caller("partner")
    assert "AccessDenied" == caller("stranger")


def _token_file(home: Path, name: str, **changes: object) -> str:
    path = home / name
    path.write_text(sign(claims(**changes)), encoding="ascii")
    return str(path)


def test_web_identity_token_file(home: Path, world: HttpWorld, caller: Ask) -> None:
    """A profile with a file of a provider's token needs no keys at all."""
    now = int(world.clock.now().timestamp())
    settings = {"role_arn": VISITORS, "role_session_name": "visit"}
    tokens: dict[str, dict[str, object]] = {
        "visitor": {"iat": now, "exp": now + 600},
        "late": {"iat": now - 7_200, "exp": now - 3_600},
        "stranger": {"iat": now, "exp": now + 600, "aud": "somebody"},
    }
    for name, changes in tokens.items():
        file = _token_file(home, f"{name}.jwt", **changes)
        add_profile(home, name, web_identity_token_file=file, **settings)

    assert _session(B, "Visitors", "visit") == caller("visitor")
    assert "ExpiredTokenException" == caller("late")
    assert "InvalidIdentityToken" == caller("stranger")


def test_credential_process(
    home: Path, world: HttpWorld, dev: Keys, caller: Ask
) -> None:
    """A profile with a program has the credentials that it prints."""
    asked = {"Action": "AssumeRole", "RoleArn": READER, "RoleSessionName": "printed"}
    keys = Keys.issued(ask(world, signed(world, dev, asked)))
    for name, token in {"good": keys.session_token, "bad": "x.y.z"}.items():
        printed = {
            "Version": 1,
            "AccessKeyId": keys.access_key_id,
            "SecretAccessKey": keys.secret_access_key,
            "SessionToken": token,
        }
        program = home / f"{name}.py"
        program.write_text(f"print({json.dumps(printed)!r})\n", encoding="utf-8")
        process = shlex.join([sys.executable, str(program)])
        add_profile(home, name, credential_process=process)

    assert _session(B, "Reader", "printed") == caller("good")
    assert "InvalidClientTokenId" == caller("bad")


def _with_code(profile: str, code: str) -> Any:
    """Returns a client of botocore to whom somebody types a code."""
    session = profile_session(profile)
    resolver = session.get_component("credential_provider")
    resolver.get_provider("assume-role")._prompter = lambda _: code
    return session.create_client("sts")


def test_boto3_asks_for_code(home: Path, world: HttpWorld) -> None:
    """A profile with `mfa_serial` asks for a code, and a wrong one gets nothing."""
    add_profile(
        home,
        "vault",
        role_arn=VAULT,
        source_profile="dev",
        mfa_serial=PHONE,
        role_session_name="typed",
    )

    with pytest.raises(ClientError, match="AccessDenied"):
        _with_code("vault", wrong_code_of(world, PHONE)).get_caller_identity()
    found = _with_code("vault", code_of(world, PHONE)).get_caller_identity()

    assert _session(A, "Vault", "typed") == found["Arn"]


def test_keys_of_profile(caller: Ask) -> None:
    """A profile with keys is their user."""
    assert DEV == caller("dev")
