"""Second factors over HTTP: boto3 and the AWS CLI show codes of a phone.

The codes are of an implementation of RFC 6238 that shares nothing with ours.

SPEC: sts-operations 1.1 and 1.10; details 34 and 35.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.aws_clients import add_profile, aws, keys_in, refusal, sts, write_profiles
from support.http_client import Keys, ask, signed
from support.http_organisation import DEV, PHONE, VAULT, A
from support.http_world import HttpWorld
from support.phone import code_of, wrong_code_of
from support.surroundings import Surroundings

DENIED = (403, "AccessDenied")
SESSION = f"arn:aws:sts::{A}:assumed-role/Vault/"


def _refused(call: Any, **parameters: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return refusal(caught.value)


@pytest.fixture
def client(world: HttpWorld, dev: Keys, around: Surroundings) -> Any:
    """Returns boto3 with the keys of the user whose phone it is."""
    del around
    return sts(world, dev)


def test_session_token_with_code(client: Any, world: HttpWorld) -> None:
    """GetSessionToken with a code answers credentials that count as two factors (35)."""
    plain = sts(world, keys_in(client.get_session_token()["Credentials"]))
    asked = {"RoleArn": VAULT, "RoleSessionName": "s1"}
    assert DENIED == _refused(plain.assume_role, **asked)

    found = client.get_session_token(
        SerialNumber=PHONE, TokenCode=code_of(world, PHONE)
    )

    session = sts(world, keys_in(found["Credentials"]))
    assert DEV == session.get_caller_identity()["Arn"]
    assumed = session.assume_role(**asked)["AssumedRoleUser"]
    assert f"{SESSION}s1" == assumed["Arn"]


def test_assume_role_with_code(client: Any, world: HttpWorld) -> None:
    """AssumeRole of a role that asks for a code takes one, and none that is wrong."""
    asked = {"RoleArn": VAULT, "RoleSessionName": "s1"}
    assert DENIED == _refused(client.assume_role, **asked)
    wrong = {"SerialNumber": PHONE, "TokenCode": wrong_code_of(world, PHONE)}
    assert DENIED == _refused(client.assume_role, **asked, **wrong)

    found = client.assume_role(
        **asked, SerialNumber=PHONE, TokenCode=code_of(world, PHONE)
    )

    session = sts(world, keys_in(found["Credentials"]))
    assert f"{SESSION}s1" == session.get_caller_identity()["Arn"]


def test_detail_34_codes(client: Any, world: HttpWorld) -> None:
    """A code is good once, and those of neighbouring steps are good, too."""
    code = code_of(world, PHONE)
    assert client.get_session_token(SerialNumber=PHONE, TokenCode=code)
    # Calls of one second that are alike are one call.
    world.clock.step(timedelta(seconds=1))
    used = {"SerialNumber": PHONE, "TokenCode": code, "DurationSeconds": 901}

    assert DENIED == _refused(client.get_session_token, **used)
    next_one = code_of(world, PHONE, steps=1)
    assert client.get_session_token(SerialNumber=PHONE, TokenCode=next_one)


def test_detail_34_leading_zero(world: HttpWorld, dev: Keys) -> None:
    """A code is six digits of text, the zero in front of them included."""
    steps = next(
        step for step in range(1_000) if code_of(world, PHONE, steps=step)[0] == "0"
    )
    world.clock.step(steps * timedelta(seconds=30))
    code = code_of(world, PHONE)
    asked = {"Action": "GetSessionToken", "SerialNumber": PHONE}

    bare = ask(world, signed(world, dev, {**asked, "TokenCode": code[1:]}))
    whole = ask(world, signed(world, dev, {**asked, "TokenCode": code}))

    assert (400, "ValidationError") == bare.refusal
    assert 200 == whole.status


@pytest.mark.parametrize("code", ["1234567", "12345a", "١٢٣٤٥٦"])
def test_forms_of_codes(client: Any, code: str) -> None:
    """What is not six digits is no code."""
    shown = {"SerialNumber": PHONE, "TokenCode": code}

    assert (400, "ValidationError") == _refused(client.get_session_token, **shown)


@pytest.fixture
def home(world: HttpWorld, dev: Keys, tmp_path: Path) -> Path:
    """Returns a home with a profile of a role that asks for a code."""
    write_profiles(tmp_path, world, dev=dev)
    add_profile(
        tmp_path,
        "vault",
        role_arn=VAULT,
        source_profile="dev",
        mfa_serial=PHONE,
        role_session_name="cli",
    )
    return tmp_path


def test_cli_asks_for_code(home: Path, world: HttpWorld) -> None:
    """A profile with `mfa_serial` asks for the code, and for one session once."""
    words = ("--profile", "vault", "sts", "get-caller-identity")

    first = aws(home, *words, typed=f"{code_of(world, PHONE)}\n")
    again = aws(home, *words)

    assert f"Enter MFA code for {PHONE}:" in first.stderr + first.stdout
    for result in (first, again):
        assert 0 == result.returncode, result.stderr
        # It asks on standard output where there is no terminal.
        found = json.loads(result.stdout[result.stdout.index("{") :])
        assert f"{SESSION}cli" == found["Arn"]


def test_cli_is_refused_a_wrong_code(home: Path, world: HttpWorld) -> None:
    """A profile whose code is wrong is told so, and keeps nothing."""
    words = ("--profile", "vault", "sts", "get-caller-identity")

    result = aws(home, *words, typed=f"{wrong_code_of(world, PHONE)}\n")

    assert 0 != result.returncode
    assert "An error occurred (AccessDenied) when calling the AssumeRole" in (
        result.stderr
    )
    assert 0 == aws(home, *words, typed=f"{code_of(world, PHONE)}\n").returncode


def test_cli_session_token_with_code(home: Path, world: HttpWorld) -> None:
    """The CLI takes the code as an argument of GetSessionToken."""
    shown = ("--serial-number", PHONE, "--token-code", code_of(world, PHONE))

    result = aws(home, "--profile", "dev", "sts", "get-session-token", *shown)

    assert 0 == result.returncode, result.stderr
    assert json.loads(result.stdout)["Credentials"]["SessionToken"]
