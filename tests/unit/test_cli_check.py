"""The command that checks a folder warns of what is dangerous in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from daypass.cli import app
from support.directories import account_file
from support.securecart import (
    FOLDER,
)

CARELESS = """
roles:
  R:
    trust:
      Version: "2012-10-17"
      Statement: {Effect: Allow, Principal: {AWS: "*"}, Action: "sts:AssumeRole"}
"""


@pytest.mark.parametrize(("options", "status"), [(["--strict"], 1), ([], 0)])
def test_check_warns(tmp_path: Path, options: list[str], status: int) -> None:
    """A dangerous policy is warned of; that fails under `--strict` alone."""
    (tmp_path / "a.yaml").write_text(account_file(CARELESS))

    result = CliRunner().invoke(app, ["check", str(tmp_path), *options])

    assert status == result.exit_code
    assert "a.yaml:6: " in result.stderr
    assert "warning: every account there is may assume this role; " in result.stderr
    assert f"{tmp_path}: no fault, warnings: 1\n" == result.stdout


@pytest.mark.parametrize("options", [["--strict"], []])
def test_check_is_content(tmp_path: Path, options: list[str]) -> None:
    """A folder without danger passes, strictly too."""
    (tmp_path / "a.yaml").write_text(account_file("users: {u: {}}"))

    result = CliRunner().invoke(app, ["check", str(tmp_path), *options])

    assert (0, "") == (result.exit_code, result.stderr)


def test_example_has_one_warning() -> None:
    """The one warning of the example is the one that its comment speaks of."""
    result = CliRunner().invoke(app, ["check", str(FOLDER)])

    (line,) = result.stderr.splitlines()
    assert "role/federated/MobileAppRole" in line
    assert "everyone with a token of login.securecart.example/customers" in line
