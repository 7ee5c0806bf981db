"""What the README and a development server say of the AWS CLI."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from support.running import Command, DaypassServer

AWS = str(Path(sys.executable).parent / "aws")


ROLE = "arn:aws:iam::123456789012:role/ReadOnlyRole"
SESSION = "arn:aws:sts::123456789012:assumed-role/ReadOnlyRole/aws"


def _sts(command: Command, config: str, profile: str, *arguments: str) -> Any:
    result = command.program(
        [AWS, "--profile", profile, "sts", *arguments],
        AWS_CONFIG_FILE=config,
        AWS_SHARED_CREDENTIALS_FILE=".daypass/credentials",
    )
    assert 0 == result.returncode, result.stderr
    return json.loads(result.stdout)


def test_readme_lines(daypass_server: DaypassServer, command: Command) -> None:
    """The profiles that the server wrote lead the AWS CLI to it, and let it in."""
    config = ".daypass/config"
    assume = ("assume-role", "--role-arn", ROLE, "--role-session-name", "aws")

    dev = _sts(command, config, "dev", "get-caller-identity")
    issued = _sts(command, config, "dev", *assume)["Credentials"]
    with_session = daypass_server.folder / "issued.config"
    with_session.write_text(
        f"{(daypass_server.folder / config).read_text()}\n[profile issued]\n"
        "region = us-east-1\nservices = daypass\n"
        f"aws_access_key_id = {issued['AccessKeyId']}\n"
        f"aws_secret_access_key = {issued['SecretAccessKey']}\n"
        f"aws_session_token = {issued['SessionToken']}\n"
    )
    session = _sts(command, str(with_session), "issued", "get-caller-identity")

    assert "arn:aws:iam::111122223333:user/dev" == dev["Arn"]
    assert SESSION == session["Arn"]


def test_announced_endpoint(daypass_server: DaypassServer) -> None:
    """A development server says where AWS clients find it."""
    address = (daypass_server.state / "http.address").read_text(encoding="utf-8")
    said = (daypass_server.folder / "daypassd.log").read_text(encoding="utf-8")

    assert f"AWS SDKs and the AWS CLI: --endpoint-url http://{address}\n" in said
