"""`daypass decode`: what a token says, and that nobody has verified it."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from daypass_client.cli.app import app
from support.command_line import Run
from support.fake_daypass import FakeDaypass


def part(data: object) -> str:
    """Returns a part of a token: JSON, or the bytes given, in base64url."""
    octets = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def token(claims: object) -> str:
    """Returns a token with these claims, and a signature that is none."""
    return f"{part({'alg': 'EdDSA', 'typ': 'JWT'})}.{part(claims)}.{part(b'signature')}"


CLAIMS = {"sub": "me", "exp": 1767323045, "aud": ["a", "b"], "act": {"sub": "x"}}


NO_PAYLOADS = (
    b"[]",
    b"not json",
    b'{"a": 1, "a": 2}',
    b'{"a": NaN}',
    b'{"a": ' + b"[" * 60_000,
    b'{"a": "\xff"}',
)


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "a.b",
        "a.b.c.d",
        f"{part({})}.A.c",
        f"{part([])}.{part({})}.c",
        *(f"{part({})}.{part(payload)}.c" for payload in NO_PAYLOADS),
    ],
)
def test_what_is_no_token_is_told(run: Run, text: str) -> None:
    """Text in another form is refused with status 1, and nothing of it is shown."""
    result = run("decode", "-", typed=text)

    assert (1, "") == (result.exit_code, result.stdout)
    assert 1 == result.stderr.count("\n")
    assert result.stderr.startswith("daypass: The ")


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    """Whatever text is given, the answer is a line, and never a traceback."""
    result = CliRunner().invoke(
        app, ["decode", "-"], input=text.encode("utf-8", "surrogatepass")
    )

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)


def test_claims_are_not_verified(fake: FakeDaypass, run: Run) -> None:
    """The claims are shown, with the warning on both streams, and nobody is asked."""
    result = run("decode", "-", "--output", "json", typed=token(CLAIMS))

    printed = json.loads(result.stdout)
    assert (False, CLAIMS, "EdDSA") == (
        printed["verified"],
        printed["claims"],
        printed["header"]["alg"],
    )
    assert "NOT VERIFIED" in result.stderr
    assert [] == fake.calls


def test_claims_are_shown_to_people(run: Run) -> None:
    """A table begins with what was not done, and says what times mean."""
    result = run("decode", token(CLAIMS | {"iat": 10**30, "nbf": "x"}))

    assert result.stdout.startswith("verified    no\n")
    assert "exp         1767323045 (2026-01-02T03:04:05Z)\n" in result.stdout
    assert f"iat         {10**30}\n" in result.stdout
    assert 'aud         ["a", "b"]\n' in result.stdout


def test_claims_cannot_steer_the_terminal(run: Run) -> None:
    """Characters that steer a terminal are printed as escapes, in names as well."""
    result = run("decode", token({"a\x1b[2J": "b\x1b[2J"}))

    assert 0 == result.exit_code
    assert "\x1b" not in result.stdout


def test_token_of_the_environment_is_shown(
    run: Run, environ: dict[str, str | None]
) -> None:
    """The token of the shell's session may be looked at."""
    environ["AWS_SESSION_TOKEN"] = token({"sub": "me"})

    result = run("decode", "--from-env")

    assert "sub         me\n" in result.stdout
