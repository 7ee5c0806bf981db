"""Profiles for the users of a development server, in the shared-file format."""

from __future__ import annotations

import configparser
import stat
from pathlib import Path

from botocore.configloader import load_config

from daypass.adapters.shared_profiles import user_profiles, write_profiles
from support.directories import ACCOUNT, OTHER_ACCOUNT, directory_of


def _users(account: str, name: str, body: str) -> str:
    return f'account: {{id: "{account}", name: {name}}}\nusers:\n{body}'


def _key(number: int, status: str = "Active") -> str:
    return (
        f"      - {{id: {{file: {number}.id}}, secret: {{file: {number}.secret}},"
        f" status: {status}}}\n"
    )


def _user(name: str, *keys: str) -> str:
    return f"  {name}:\n    access_keys:\n{''.join(keys)}"


def test_only_active_keys() -> None:
    """A user without an active key has no profile; of two the active one counts."""
    directory = directory_of(
        {
            "a.yaml": _users(
                ACCOUNT,
                "Test",
                "  none: {}\n"
                + _user("idle", _key(1, "Inactive"))
                + _user("second", _key(2, "Inactive"), _key(3))
                + _user("both", _key(4), _key(5)),
            )
        }
    )

    profiles = {profile.name: profile.key for profile in user_profiles(directory)}

    keys = {user.principal.name: user.access_keys for user in directory.users}
    assert {"second": keys["second"][1], "both": keys["both"][0]} == profiles


def test_names_do_not_collide() -> None:
    """Two users of one name are told apart by their accounts."""
    directory = directory_of(
        {
            "a.yaml": _users(ACCOUNT, "The shop", _user("dev", _key(1))),
            "b.yaml": _users(
                OTHER_ACCOUNT, "Test", _user("dev", _key(2)) + _user("ops", _key(3))
            ),
        }
    )

    assert ["Test-dev", "ops", "The-shop-dev"] == [
        profile.name for profile in user_profiles(directory)
    ]


def test_files_are_private(tmp_path: Path) -> None:
    """Both files are for their owner only, and no secret prints with a profile."""
    profiles = user_profiles(
        directory_of({"a.yaml": _users(ACCOUNT, "Test", _user("dev", _key(1)))})
    )
    secret = profiles[0].key.secret_access_key.reveal_text()

    write_profiles(
        tmp_path, profiles, region="r-1", endpoint="127.0.0.1:1", aws_endpoint=None
    )

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()
    }
    assert {"credentials": 0o600, "config": 0o600} == modes
    assert secret not in repr(profiles)
    assert secret not in (tmp_path / "config").read_text()


def test_files_are_read_back(tmp_path: Path) -> None:
    """Other readers of the format find the key, the region and the endpoint."""
    (profile,) = user_profiles(
        directory_of({"a.yaml": _users(ACCOUNT, "Test", _user("dev", _key(1)))})
    )

    write_profiles(
        tmp_path, (profile,), region="r-1", endpoint="127.0.0.1:1", aws_endpoint=None
    )

    read = configparser.ConfigParser(interpolation=None)
    read.read([tmp_path / "credentials", tmp_path / "config"])
    assert {
        "aws_access_key_id": profile.key.access_key_id,
        "aws_secret_access_key": profile.key.secret_access_key.reveal_text(),
    } == dict(read["dev"])
    assert {"region": "r-1", "daypass_endpoint": "127.0.0.1:1"} == dict(
        read["profile dev"]
    )
    assert f"# {profile.arn}\n" in (tmp_path / "config").read_text()


def test_aws_clients_find_the_server(tmp_path: Path) -> None:
    """AWS clients are led to the HTTP door, and not to AWS."""
    (profile,) = user_profiles(
        directory_of({"a.yaml": _users(ACCOUNT, "Test", _user("dev", _key(1)))})
    )

    write_profiles(
        tmp_path,
        (profile,),
        region="r-1",
        endpoint="127.0.0.1:1",
        aws_endpoint="http://127.0.0.1:2",
    )

    read = load_config(str(tmp_path / "config"))
    services = read["profiles"]["dev"]["services"]
    assert {"sts": {"endpoint_url": "http://127.0.0.1:2"}} == read["services"][services]


def test_nobody_has_a_profile(tmp_path: Path) -> None:
    """Without users the files are empty, and there."""
    write_profiles(
        tmp_path, (), region="r-1", endpoint="127.0.0.1:1", aws_endpoint=None
    )

    assert {"credentials": "", "config": ""} == {
        path.name: path.read_text() for path in tmp_path.iterdir()
    }
