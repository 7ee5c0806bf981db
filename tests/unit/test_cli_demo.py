"""The commands of `daypassd demo`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from typer.testing import CliRunner, Result

from daypass.adapters.demo_provider import DemoProvider
from daypass.cli import app
from support.surroundings import Surroundings, surroundings


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[Surroundings]:
    """Yields a folder in which a development server has run."""
    state = tmp_path / ".daypass"
    state.mkdir(mode=0o700)
    DemoProvider.load_or_create(state)
    with surroundings(tmp_path) as found:
        yield found


def run(*arguments: str) -> Result:
    """Runs the command that prints a token."""
    return CliRunner().invoke(app, ["demo", "identity-token", *arguments])


def claims_of(result: Result) -> dict[str, object]:
    """Returns what a printed token says, unverified."""
    assert 0 == result.exit_code, result.output
    claims: dict[str, object] = jwt.decode(
        result.output.strip(), options={"verify_signature": False}
    )
    return claims


def test_token_of_the_pipeline() -> None:
    """Without options it is a token of the example's pipeline, for an hour."""
    claims = claims_of(run())

    assert ("https://ci.securecart.example", "daypass") == (
        claims["iss"],
        claims["aud"],
    )
    assert "repo:securecart/storefront:ref:refs/heads/main" == claims["sub"]
    assert 3_600 == int(str(claims["exp"])) - int(str(claims["iat"]))


def test_tokens_differ() -> None:
    """Two tokens are two, also for a provider whose tokens are good once."""
    assert claims_of(run())["jti"] != claims_of(run())["jti"]


def test_token_of_somebody_else() -> None:
    """Issuer, audience, subject, lifetime and further claims are as they are given."""
    claims = claims_of(
        run(
            *("--issuer", "https://login.securecart.example/customers"),
            *("--audience", "securecart-mobile", "--subject", "customer-17"),
            *("--lifetime", "60", "--claim", "email=a@example.com"),
            *("--claim", 'amr=["mfa"]', "--claim", "https://aws.amazon.com/roles=null"),
        )
    )

    assert "customer-17" == claims["sub"]
    assert (["mfa"], "a@example.com") == (claims["amr"], claims["email"])
    assert claims["https://aws.amazon.com/roles"] is None
    assert 60 == int(str(claims["exp"])) - int(str(claims["iat"]))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--issuer", "https://gitlab.com"), "does not stand in for it"),
        (("--claim", "nothing"), "nothing is not NAME=JSON"),
        (("--claim", "=1"), "=1 is not NAME=JSON"),
        (("--state-dir", "elsewhere"), "run `daypassd dev` first"),
    ],
)
def test_refusals(arguments: tuple[str, ...], reason: str) -> None:
    """What cannot be done is told, with status 1."""
    result = run(*arguments)

    assert 1 == result.exit_code
    assert reason in result.output


@pytest.mark.parametrize("seconds", ["0", "86401"])
def test_lifetime_is_bounded(seconds: str) -> None:
    """A token that no server takes is not made."""
    assert 2 == run("--lifetime", seconds).exit_code
