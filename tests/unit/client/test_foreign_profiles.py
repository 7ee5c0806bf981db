"""Profiles and environments that lead to a program or an endpoint for credentials."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daypass_client import ConfigurationError, Credentials, load_profile
from daypass_client.foreign_credentials import ContainerSource, ProcessSource
from daypass_client.profiles.surroundings import Surroundings
from support.client_answers import ROLE_ARN
from support.profile_files import write

FULL = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
RELATIVE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"


@pytest.mark.parametrize(
    "url",
    [
        "http://agent.example/",
        "http://169.254.169.254/",
        "http://127.0.0.1.example/",
        "ftp://127.0.0.1/",
        "https:///a",
        "https://a@b/",
        "http://[::1/",
        "http://127.0.0.1:x/",
        "127.0.0.1",
    ],
)
def test_endpoint_that_credentials_may_not_come_from(
    around: Surroundings, url: str
) -> None:
    """Credentials do not come in clear from another machine."""
    with pytest.raises(ConfigurationError):
        load_profile(surroundings=replace(around, environ={FULL: url}))


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({FULL: "http://127.0.0.1:9/a"}, "http://127.0.0.1:9/a"),
        ({FULL: "http://localhost/a"}, "http://localhost/a"),
        ({FULL: "http://[fd00:ec2::23]/a"}, "http://[fd00:ec2::23]/a"),
        ({FULL: "https://agent.example"}, "https://agent.example"),
        ({RELATIVE: "/a", FULL: "https://b"}, "http://169.254.170.2/a"),
    ],
    ids=str,
)
def test_environment_names_an_endpoint(
    around: Surroundings, variables: dict[str, str], url: str
) -> None:
    """The variables of AWS name an endpoint; the relative one comes first."""
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "shown"

    profile = load_profile(surroundings=replace(around, environ=variables))

    assert ContainerSource(url, "shown") == profile.source
    assert "shown" not in repr(profile)


def test_relative_address_begins_with_a_slash(around: Surroundings) -> None:
    """What is no path is put behind no host."""
    variables = {RELATIVE: "@agent.example/"}

    with pytest.raises(ConfigurationError):
        load_profile(surroundings=replace(around, environ=variables))


def test_endpoint_comes_last(around: Surroundings, long_term: Credentials) -> None:
    """Keys of the environment, and a default profile, count before an endpoint."""
    keys = {
        "AWS_ACCESS_KEY_ID": long_term.access_key_id,
        "AWS_SECRET_ACCESS_KEY": long_term.secret_access_key.reveal(),
    }
    variables = {FULL: "http://127.0.0.1:9/a"}
    first = load_profile(surroundings=replace(around, environ={**variables, **keys}))
    write(around.home / ".aws", config="[default]\ncredential_process = print it\n")
    second = load_profile(surroundings=replace(around, environ=variables))

    assert (long_term, None) == (first.credentials, first.source)
    assert ProcessSource(("print", "it")) == second.source


def test_roles_behind_a_program(around: Surroundings) -> None:
    """A role may be assumed with what a program prints."""
    config = (
        "[profile a]\ncredential_process = p 'x y'\n"
        f"[profile b]\nrole_arn = {ROLE_ARN}\nsource_profile = a\n"
    )
    write(around.home / ".aws", config=config)

    profile = load_profile("b", surroundings=around)

    assert ProcessSource(("p", "x y")) == profile.source
    assert [ROLE_ARN] == [role.role_arn for role in profile.roles]
    assert "x y" not in repr(profile)


@pytest.mark.parametrize(
    ("word", "variables"),
    [("EcsContainer", {FULL: "http://127.0.0.1/"}), ("Environment", {})],
)
def test_roles_behind_a_word(
    around: Surroundings,
    long_term: Credentials,
    word: str,
    variables: dict[str, str],
) -> None:
    """A role may be assumed with what the environment leads to."""
    config = f"[profile a]\nrole_arn = {ROLE_ARN}\ncredential_source = {word}\n"
    write(around.home / ".aws", config=config)
    if word == "Environment":
        variables = {
            "AWS_ACCESS_KEY_ID": long_term.access_key_id,
            "AWS_SECRET_ACCESS_KEY": long_term.secret_access_key.reveal(),
        }

    profile = load_profile("a", surroundings=replace(around, environ=variables))

    expected = None if word == "Environment" else ContainerSource("http://127.0.0.1/")
    assert expected == profile.source
    assert (long_term if word == "Environment" else None) == profile.credentials
    assert 1 == len(profile.roles)


@pytest.mark.parametrize(
    "lines",
    [
        f"role_arn = {ROLE_ARN}\ncredential_source = EcsContainer",
        f"role_arn = {ROLE_ARN}\ncredential_source = Environment",
        f"role_arn = {ROLE_ARN}\ncredential_source = Ec2InstanceMetadata",
        f"role_arn = {ROLE_ARN}\ncredential_source = Environment\nsource_profile = a",
        "credential_process = 'x",
        "credential_process = ''",
    ],
)
def test_forms_that_lead_nowhere(around: Surroundings, lines: str) -> None:
    """A source that is not there, or not understood, is told with its line."""
    write(around.home / ".aws", config=f"[profile a]\n{lines}\n")

    with pytest.raises(ConfigurationError) as caught:
        load_profile("a", surroundings=around)

    assert caught.value.line is not None
