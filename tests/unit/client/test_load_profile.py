"""Where a profile comes from, and what counts when it comes from several places."""

from __future__ import annotations

import pytest

from daypass_client import (
    ConfigurationError,
    Credentials,
    Endpoint,
    load_profile,
)
from daypass_client.profiles.surroundings import Surroundings
from support.fake_daypass import credentials_of
from support.profile_files import keys_of, variables_of, with_environ, write

ROLE = "arn:aws:iam::123456789012:role/ReadOnlyRole"


def test_nothing_gives_no_credentials(around: Surroundings) -> None:
    """Without any setting there is the default endpoint, and nothing to sign with."""
    profile = load_profile(surroundings=around)

    assert profile.credentials is None
    assert (str(profile.endpoint), profile.region) == ("127.0.0.1:50051", "us-east-1")


def test_named_profile_must_exist(around: Surroundings) -> None:
    """A profile that is nowhere is refused, and those that exist are named."""
    write(around.home / ".aws", credentials="[dev]\n[qa]\n")

    with pytest.raises(ConfigurationError, match="'nope'") as caught:
        load_profile("nope", surroundings=around)

    assert caught.value.hint == "There are: dev, qa."


def test_profile_of_credentials_file(
    around: Surroundings, temporary: Credentials
) -> None:
    """The keys and the token of a profile are read."""
    write(around.home / ".aws", credentials=f"[dev]\n{keys_of(temporary)}")

    profile = load_profile("dev", surroundings=around)

    assert ("dev", temporary) == (profile.name, profile.credentials)


def test_credentials_file_beats_config(around: Surroundings) -> None:
    """Where both files have a key, that of the credentials file counts."""
    first, second = credentials_of(1), credentials_of(2)
    write(
        around.home / ".aws",
        credentials=f"[dev]\n{keys_of(first)}",
        config=f"[profile dev]\n{keys_of(second)}region = eu-west-1\n",
    )

    profile = load_profile("dev", surroundings=around)

    assert (first, "eu-west-1") == (profile.credentials, profile.region)


def test_variables_name_the_files(around: Surroundings, long_term: Credentials) -> None:
    """The variables of AWS say where the files are, from the current folder."""
    write(around.folder / "files", credentials=f"[dev]\n{keys_of(long_term)}")
    there = with_environ(
        around,
        AWS_SHARED_CREDENTIALS_FILE="files/credentials",
        AWS_CONFIG_FILE="files/config",
    )

    assert long_term == load_profile("dev", surroundings=there).credentials


def test_environment_beats_unnamed_profile(
    around: Surroundings, long_term: Credentials
) -> None:
    """Keys in the environment come before AWS_PROFILE."""
    write(around.home / ".aws", credentials=f"[dev]\n{keys_of(credentials_of(9))}")
    there = with_environ(around, AWS_PROFILE="dev", **variables_of(long_term))

    assert long_term == load_profile(surroundings=there).credentials


def test_named_profile_beats_environment(
    around: Surroundings, long_term: Credentials
) -> None:
    """A profile that is named outright comes before keys in the environment."""
    write(around.home / ".aws", credentials=f"[dev]\n{keys_of(long_term)}")
    there = with_environ(around, **variables_of(credentials_of(9)))

    assert long_term == load_profile("dev", surroundings=there).credentials


def test_environment_token_is_read(
    around: Surroundings, temporary: Credentials
) -> None:
    """The session token of the environment belongs to its keys."""
    assert temporary.session_token is not None
    token = temporary.session_token.reveal()
    there = with_environ(around, AWS_SESSION_TOKEN=token, **variables_of(temporary))

    assert temporary == load_profile(surroundings=there).credentials


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_half_an_environment_is_refused(
    around: Surroundings, long_term: Credentials, missing: str
) -> None:
    """One key variable without the other is a mistake, and is told."""
    variables = variables_of(long_term)
    del variables[missing]

    with pytest.raises(ConfigurationError, match="only one"):
        load_profile(surroundings=with_environ(around, **variables))


def test_daypass_profile_beats_aws_profile(around: Surroundings) -> None:
    """DAYPASS_PROFILE comes before AWS_PROFILE."""
    write(around.home / ".aws", config="[profile a]\n[profile b]\n")
    there = with_environ(around, DAYPASS_PROFILE="a", AWS_PROFILE="b")

    assert load_profile(surroundings=there).name == "a"


def test_default_profile_is_used(around: Surroundings, long_term: Credentials) -> None:
    """Where nothing is named, the profile `default` counts."""
    write(around.home / ".aws", credentials=f"[default]\n{keys_of(long_term)}")

    assert long_term == load_profile(surroundings=around).credentials


@pytest.mark.parametrize(
    ("flag", "variable", "config", "expected"),
    [
        ("localhost:1", "localhost:2", "daypass_endpoint = localhost:3", "localhost:1"),
        (None, "localhost:2", "daypass_endpoint = localhost:3", "localhost:2"),
        (None, "", "daypass_endpoint = localhost:3", "localhost:3"),
        (
            None,
            "",
            "endpoint_url = http://localhost:4\ndaypass_endpoint = localhost:3",
            "localhost:3",
        ),
        (None, "", "endpoint_url = http://localhost:4", "localhost:4"),
        (None, "", "", "127.0.0.1:50051"),
    ],
)
def test_endpoint_precedence(
    around: Surroundings, flag: str | None, variable: str, config: str, expected: str
) -> None:
    """Flag, environment, profile, default: the first that speaks counts."""
    write(around.home / ".aws", config=f"[profile dev]\n{config}\n")
    there = with_environ(around, DAYPASS_ENDPOINT=variable)

    profile = load_profile("dev", endpoint=flag, surroundings=there)

    assert Endpoint.parse(expected) == profile.endpoint


@pytest.mark.parametrize(
    ("flag", "variables", "expected"),
    [
        ("a", {"AWS_REGION": "b"}, "a"),
        (None, {"AWS_REGION": "b", "AWS_DEFAULT_REGION": "c"}, "b"),
        (None, {"AWS_DEFAULT_REGION": "c"}, "c"),
        (None, {}, "d"),
    ],
)
def test_region_precedence(
    around: Surroundings, flag: str | None, variables: dict[str, str], expected: str
) -> None:
    """Flag, environment, profile: the first that speaks counts."""
    write(around.home / ".aws", config="[profile dev]\nregion = d\n")
    there = with_environ(around, **variables)

    assert expected == load_profile("dev", region=flag, surroundings=there).region


def test_malformed_endpoint_names_its_line(around: Surroundings) -> None:
    """A malformed endpoint of a file is told with file and line."""
    write(around.home / ".aws", config="[profile dev]\ndaypass_endpoint = nowhere\n")

    with pytest.raises(ConfigurationError) as caught:
        load_profile("dev", surroundings=around)

    assert caught.value.line == 2


def test_certificates_are_found(around: Surroundings) -> None:
    """The file of certificates is that of the profile, home and folder resolved."""
    write(around.home / ".aws", config="[profile dev]\nca_bundle = ~/roots.pem\n")

    profile = load_profile("dev", surroundings=around)

    assert around.home / "roots.pem" == profile.ca_bundle


def test_foreign_sections_are_no_profiles(around: Surroundings) -> None:
    """Sections of a config file that are not profiles are passed over."""
    write(around.home / ".aws", config="[sso-session dev]\n[services dev]\n[dev]\n")

    with pytest.raises(ConfigurationError, match="no profile"):
        load_profile("dev", surroundings=around)


def test_quoted_profile_is_found(around: Surroundings) -> None:
    """A profile's name may have blanks, in quotation marks."""
    write(around.home / ".aws", config='[profile "my own"]\nregion = x\n')

    assert load_profile("my own", surroundings=around).region == "x"


def test_file_that_is_not_text_is_refused(around: Surroundings) -> None:
    """A file that is not UTF-8 is told with the line that is not."""
    write(around.home / ".aws")
    (around.home / ".aws" / "config").write_bytes(b"[default]\n\xff\n")

    with pytest.raises(ConfigurationError, match="UTF-8") as caught:
        load_profile(surroundings=around)

    assert caught.value.line == 2


@pytest.mark.parametrize(("excess", "refused"), [(0, False), (1, True)])
def test_file_length_is_bounded(
    around: Surroundings, excess: int, *, refused: bool
) -> None:
    """A file of one MiB is read, and one that is longer is refused."""
    write(around.home / ".aws", config="#" * (1_048_576 + excess))

    try:
        load_profile(surroundings=around)
    except ConfigurationError as error:
        assert refused, error  # noqa: PT017 - either outcome is a case.
    else:
        assert not refused


def test_unreadable_file_is_told(around: Surroundings) -> None:
    """A folder where a file should be is told by its name."""
    (around.home / ".aws" / "config").mkdir()

    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_profile(surroundings=around)
