"""Profiles that lead through roles, and those that lead nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass_client import (
    ConfigurationError,
    Credentials,
    RoleRequest,
    load_profile,
)
from daypass_client.profiles.surroundings import Surroundings
from support.profile_files import keys_of, write

ROLE = "arn:aws:iam::123456789012:role/ReadOnlyRole"


def test_role_profile_is_followed(around: Surroundings, long_term: Credentials) -> None:
    """A profile with a role leads to its source's keys and the role's parameters."""
    config = (
        f"[profile read]\nrole_arn = {ROLE}\nsource_profile = dev\n"
        "external_id = x-1\nrole_session_name = me\nduration_seconds = 900\n"
    )
    write(
        around.home / ".aws",
        credentials=f"[dev]\n{keys_of(long_term)}",
        config=config,
    )

    profile = load_profile("read", surroundings=around)

    role = RoleRequest(
        role_arn=ROLE,
        session_name="me",
        duration=timedelta(seconds=900),
        external_id="x-1",
    )
    assert (long_term, (role,)) == (profile.credentials, profile.roles)


def test_role_profiles_chain(around: Surroundings, long_term: Credentials) -> None:
    """A source that is a role itself is assumed first."""
    config = (
        f"[profile a]\nrole_arn = {ROLE}A\nsource_profile = dev\n"
        f"[profile b]\nrole_arn = {ROLE}B\nsource_profile = a\n"
        f"[profile dev]\n{keys_of(long_term)}"
    )
    write(around.home / ".aws", config=config)

    profile = load_profile("b", surroundings=around)

    assert [role.role_arn for role in profile.roles] == [ROLE + "A", ROLE + "B"]


def test_profile_may_be_its_own_source(
    around: Surroundings, long_term: Credentials
) -> None:
    """A profile with keys and a role may name itself as its source."""
    config = f"[profile a]\nrole_arn = {ROLE}\nsource_profile = a\n{keys_of(long_term)}"
    write(around.home / ".aws", config=config)

    profile = load_profile("a", surroundings=around)

    assert (long_term, 1) == (profile.credentials, len(profile.roles))


def test_second_factor_is_read(around: Surroundings, long_term: Credentials) -> None:
    """A role profile with mfa_serial names the factor whose code will be asked for."""
    config = (
        f"[profile a]\nrole_arn = {ROLE}\nsource_profile = dev\nmfa_serial = phone\n"
        f"[profile dev]\n{keys_of(long_term)}"
    )
    write(around.home / ".aws", config=config)

    profile = load_profile("a", surroundings=around)

    assert [("phone", None)] == [
        (role.serial_number, role.token_code) for role in profile.roles
    ]


@pytest.mark.parametrize(
    ("config", "line", "message"),
    [
        (f"[profile a]\nrole_arn = {ROLE}", 2, "source_profile"),
        (f"[profile a]\nrole_arn = {ROLE}\nsource_profile = b", 3, "no such"),
        (f"[profile a]\nrole_arn = {ROLE}\nsource_profile = a", 2, "back to itself"),
        (
            f"[profile a]\nrole_arn = {ROLE}\nsource_profile = b\n[profile b]",
            2,
            "without credentials",
        ),
        (
            f"[profile a]\nrole_arn = {ROLE}\ncredential_source = Environment",
            3,
            "keys in the environment",
        ),
        (f"[profile a]\nrole_arn = {ROLE}\nmfa_serial = x\n", 2, "source_profile"),
        (
            f"[profile a]\nrole_arn = {ROLE}\nsource_profile=a\nduration_seconds = 1h",
            4,
            "duration",
        ),
        ("[profile a]\nsso_session = x", 2, "sso_session"),
        ("[profile a]\naws_access_key_id = x", 2, "only one"),
        ("[profile a]\naws_secret_access_key = x", 2, "only one"),
        (
            "[profile a]\naws_access_key_id = x\naws_secret_access_key = y",
            2,
            "access key id",
        ),
        ("[profile 'a]\n", 1, "quotation"),
        ("[profile a b]\n", 1, "profile name"),
    ],
)
def test_faulty_profile_names_its_line(
    around: Surroundings, config: str, line: int, message: str
) -> None:
    """A profile that cannot be followed is told with file and line."""
    write(around.home / ".aws", config=config)

    with pytest.raises(ConfigurationError, match=message) as caught:
        load_profile("a", surroundings=around)

    assert (str(around.home / ".aws" / "config"), line) == (
        caught.value.file,
        caught.value.line,
    )
