"""`daypassd demo saml-assertion`: what it prints, and what it says instead."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from daypass.adapters.demo_saml import make_missing_providers
from daypass.cli import app
from support.directories import account_file
from support.surroundings import Surroundings, surroundings
from support.world import START

FILE = account_file(
    "saml_providers: {Corp: {entity_id: https://idp.example/saml,"
    " metadata: {local: Corp.xml}}}\n"
)
PROVIDER = "arn:aws:iam::123456789012:saml-provider/Corp"


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[Surroundings]:
    """Yields the surroundings of the test, with a directory of one provider."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "a.yaml").write_text(FILE)
    (tmp_path / ".daypass" / "secrets").mkdir(parents=True, mode=0o700)
    with surroundings(tmp_path) as found:
        yield found


def run(*flags: str) -> Result:
    """Runs the command on that directory."""
    return CliRunner().invoke(
        app, ["demo", "saml-assertion", "--directory", "directory", *flags]
    )


def test_prints_a_response(around: Surroundings) -> None:
    """It prints a signed response in base64 that says what it was told."""
    secrets = around.folder / ".daypass" / "secrets"
    make_missing_providers(around.folder / "directory", secrets, now=START)

    done = run(
        *("--provider", PROVIDER, "--user", "bob", "--role", "arn:r"),
        *("--tag", "Team=blue", "--duration", "900", "--state-dir", ".daypass"),
    )
    text = base64.b64decode(done.stdout).decode()
    assert 0 == done.exit_code
    assert ">bob</saml:NameID>" in text
    assert f">arn:r,{PROVIDER}<" in text
    assert "PrincipalTag:Team" in text
    assert ">900<" in text
    assert "<ds:SignatureValue>" in text


def test_not_made_yet() -> None:
    """Before `daypassd dev` has run it says that it has to."""
    done = run("--provider", PROVIDER)

    assert 1 == done.exit_code
    assert "run `daypassd dev` first" in done.stderr


def test_other_provider() -> None:
    """A provider that is not stood in for is told so."""
    done = run()

    assert 1 == done.exit_code
    assert "is no provider that daypassd dev stands in for" in done.stderr


@pytest.mark.parametrize("text", ["x", "=x"])
def test_malformed_tag(around: Surroundings, text: str) -> None:
    """A tag is a key and a value."""
    secrets = around.folder / ".daypass" / "secrets"
    make_missing_providers(around.folder / "directory", secrets, now=START)

    done = run("--provider", PROVIDER, "--tag", text)
    assert 1 == done.exit_code
    assert "is not KEY=VALUE" in done.stderr
