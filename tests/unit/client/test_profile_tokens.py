"""Profiles and environments that lead to a role by a token in a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daypass_client import ConfigurationError, Credentials, load_profile
from daypass_client.profiles.surroundings import Surroundings
from daypass_client.sts_values import WebIdentitySource
from support.profile_files import write

ROLE = "arn:aws:iam::123456789012:role/ReadOnlyRole"
WITH_TOKEN = f"[profile a]\nrole_arn = {ROLE}\nweb_identity_token_file = x\n"


def test_token_file_is_a_source(around: Surroundings) -> None:
    """A profile may lead through a token in a file, and roles behind that."""
    config = (
        f"[profile ci]\nrole_arn = {ROLE}A\nweb_identity_token_file = ~/token\n"
        "role_session_name = build\nduration_seconds = 900\n"
        f"[profile b]\nrole_arn = {ROLE}B\nsource_profile = ci\n"
    )
    write(around.home / ".aws", config=config)

    profile = load_profile("b", surroundings=around)

    source = WebIdentitySource(
        role_arn=ROLE + "A",
        token_file=around.home / "token",
        session_name="build",
        duration=timedelta(seconds=900),
    )
    assert (None, source) == (profile.credentials, profile.web_identity)
    assert [ROLE + "B"] == [role.role_arn for role in profile.roles]


def test_environment_names_a_token_file(around: Surroundings) -> None:
    """The variables of AWS name a token file, a role and a session."""
    variables = {
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/token",
        "AWS_ROLE_ARN": ROLE,
        "AWS_ROLE_SESSION_NAME": "pod",
        "AWS_PROFILE": "not-looked-at",
    }

    profile = load_profile(surroundings=replace(around, environ=variables))

    assert profile.web_identity == WebIdentitySource(
        role_arn=ROLE, token_file=Path("/var/token"), session_name="pod"
    )


def test_keys_of_the_environment_come_first(
    around: Surroundings, long_term: Credentials
) -> None:
    """Keys in the environment count before a token file in the environment."""
    variables = {
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/token",
        "AWS_ROLE_ARN": ROLE,
        "AWS_ACCESS_KEY_ID": long_term.access_key_id,
        "AWS_SECRET_ACCESS_KEY": long_term.secret_access_key.reveal(),
    }

    profile = load_profile(surroundings=replace(around, environ=variables))

    assert (long_term, None) == (profile.credentials, profile.web_identity)


def test_token_file_without_role_is_refused(around: Surroundings) -> None:
    """A token file in the environment without a role is told."""
    variables = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/token"}

    with pytest.raises(ConfigurationError, match="AWS_ROLE_ARN"):
        load_profile(surroundings=replace(around, environ=variables))


@pytest.mark.parametrize(
    ("config", "line", "message"),
    [
        ("[profile a]\nweb_identity_token_file = x\n", 2, "needs role_arn"),
        (f"{WITH_TOKEN}source_profile = b\n", 4, "takes no source_profile"),
        (f"{WITH_TOKEN}mfa_serial = b\n", 4, "takes no mfa_serial"),
        (f"{WITH_TOKEN}external_id = b\n", 4, "takes no external_id"),
        (f"{WITH_TOKEN}duration_seconds = 1h\n", 4, "duration_seconds"),
    ],
)
def test_faulty_token_profile_names_its_line(
    around: Surroundings, config: str, line: int, message: str
) -> None:
    """A profile that mixes a token with another proof is told with file and line."""
    write(around.home / ".aws", config=config)

    with pytest.raises(ConfigurationError, match=message) as caught:
        load_profile("a", surroundings=around)

    assert line == caught.value.line
