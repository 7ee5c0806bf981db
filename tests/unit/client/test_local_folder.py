"""The folder `.daypass` of the current folder, and when it is not used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from daypass_client import ConfigurationError, Credentials, load_profile
from daypass_client.profiles.surroundings import Surroundings
from support.fake_daypass import credentials_of


@pytest.fixture
def local(around: Surroundings, long_term: Credentials) -> Path:
    """Writes the folder that a development server makes, with a profile `dev`."""
    folder = around.folder / ".daypass"
    folder.mkdir(mode=0o700)
    write_profile(folder, long_term)
    (folder / "config").write_text(
        "[profile dev]\ndaypass_endpoint = localhost:1234\n"
        "[default]\ndaypass_endpoint = localhost:1234\n",
        encoding="utf-8",
    )
    return folder


def write_profile(folder: Path, caller: Credentials) -> None:
    """Writes a credentials file with a profile `dev`."""
    folder.mkdir(exist_ok=True)
    (folder / "credentials").write_text(
        f"[dev]\naws_access_key_id = {caller.access_key_id}\n"
        f"aws_secret_access_key = {caller.secret_access_key.reveal()}\n",
        encoding="utf-8",
    )


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize("variable", ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"])
def test_variables_of_aws_turn_it_off(around: Surroundings, variable: str) -> None:
    """Where a variable of AWS names a file, the folder is not looked at."""
    there = replace(around, environ={variable: "nothing-here"})

    with pytest.raises(ConfigurationError, match="no profile"):
        load_profile("dev", surroundings=there)


@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_folder_others_can_write_is_not_used(
    around: Surroundings, local: Path, mode: int
) -> None:
    """A folder into which others can write is not believed."""
    local.chmod(mode)

    with pytest.raises(ConfigurationError, match="no profile"):
        load_profile("dev", surroundings=around)


def test_link_is_not_followed(around: Surroundings, local: Path) -> None:
    """A link in place of the folder is not followed."""
    local.rename(around.home / "elsewhere")
    local.symlink_to(around.home / "elsewhere")

    with pytest.raises(ConfigurationError, match="no profile"):
        load_profile("dev", surroundings=around)


@pytest.mark.usefixtures("local")
def test_files_of_aws_come_first(around: Surroundings) -> None:
    """A profile that `~/.aws` has is not looked for elsewhere."""
    other = credentials_of(9, temporary=False)
    write_profile(around.home / ".aws", other)

    profile = load_profile("dev", surroundings=around)

    assert (other, "127.0.0.1:50051") == (profile.credentials, str(profile.endpoint))


@pytest.mark.usefixtures("local")
def test_environment_keys_do_not_meet_its_endpoint(
    around: Surroundings, temporary: Credentials
) -> None:
    """Credentials from elsewhere are never sent to the endpoint of the folder."""
    variables = {
        "AWS_ACCESS_KEY_ID": temporary.access_key_id,
        "AWS_SECRET_ACCESS_KEY": temporary.secret_access_key.reveal(),
        "AWS_PROFILE": "dev",
    }

    profile = load_profile(surroundings=replace(around, environ=variables))

    assert str(profile.endpoint) == "127.0.0.1:50051"


@pytest.mark.usefixtures("local")
def test_folder_serves_a_profile(around: Surroundings, long_term: Credentials) -> None:
    """A profile that only the folder has is taken from it, endpoint included."""
    profile = load_profile("dev", surroundings=around)

    assert (long_term, "localhost:1234") == (profile.credentials, str(profile.endpoint))


@pytest.mark.usefixtures("local")
def test_missing_profile_lists_those_of_the_folder(around: Surroundings) -> None:
    """A wrong name is answered with the names that there are."""
    with pytest.raises(ConfigurationError) as caught:
        load_profile("nope", surroundings=around)

    assert caught.value.hint == "There are: default, dev."
