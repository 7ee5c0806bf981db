"""What the README and a development server say of the AWS CLI."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from support.running import Command, DaypassServer

AWS = str(Path(sys.executable).parent / "aws")


def test_readme_lines(daypass_server: DaypassServer, command: Command) -> None:
    """The AWS CLI tells who one is, with the profiles that the server wrote."""
    address = (daypass_server.state / "http.address").read_text(encoding="utf-8")

    result = command.program(
        [
            *(AWS, "--profile", "dev", "--endpoint-url", f"http://{address}"),
            *("sts", "get-caller-identity"),
        ],
        AWS_CONFIG_FILE=".daypass/config",
        AWS_SHARED_CREDENTIALS_FILE=".daypass/credentials",
    )

    assert 0 == result.returncode, result.stderr
    assert "arn:aws:iam::111122223333:user/dev" == json.loads(result.stdout)["Arn"]


def test_announced_endpoint(daypass_server: DaypassServer) -> None:
    """A development server says where AWS clients find it."""
    address = (daypass_server.state / "http.address").read_text(encoding="utf-8")
    said = (daypass_server.folder / "daypassd.log").read_text(encoding="utf-8")

    assert f"AWS SDKs and the AWS CLI: --endpoint-url http://{address}\n" in said
