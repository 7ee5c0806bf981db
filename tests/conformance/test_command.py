"""The command `daypass` against a running server, in the example organisation."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.running import Command, variables_of

ACCOUNT = "123456789012"
READ_ONLY = f"arn:aws:iam::{ACCOUNT}:role/ReadOnlyRole"
AUDIT = f"arn:aws:iam::{ACCOUNT}:role/SecureCart-AuditRole"
STOREFRONT = f"arn:aws:iam::{ACCOUNT}:role/workloads/StorefrontRole"
README = Path(__file__).resolve().parents[2] / "clients" / "python" / "README.md"


def test_unknown_key_is_refused(command: Command) -> None:
    """Credentials that nobody issued are refused, with what to do next."""
    result = command.run(
        "whoami",
        AWS_ACCESS_KEY_ID="AKIA" + "Q" * 16,
        AWS_SECRET_ACCESS_KEY="x" * 40,
    )

    assert 1 == result.returncode
    assert result.stderr.startswith("daypass: InvalidClientTokenId: ")
    assert "request " in result.stderr


def test_denial_is_explained(command: Command) -> None:
    """A denial has a request id and a decision id."""
    result = command.run("--profile", "intern", "assume-role", READ_ONLY)

    assert 1 == result.returncode
    assert re.search(
        r"daypass: AccessDenied: .*\(request \S+, decision \S+\)", result.stderr
    )


def test_parameters_are_named(command: Command) -> None:
    """A parameter that breaches its constraints is named."""
    result = command.run("--profile", "dev", "assume-role", "short")

    assert 1 == result.returncode
    assert result.stderr.startswith("daypass: ValidationError: ")
    assert "roleArn" in result.stderr


def test_user_is_told_who_it_is(command: Command) -> None:
    """The user `dev` is named by its ARN."""
    who = command.answer("--profile", "dev", "whoami")

    assert "arn:aws:iam::111122223333:user/dev" == who["arn"]


def test_local_folder_serves_profiles(command: Command) -> None:
    """In the folder where the server was started, its profiles and endpoint count."""
    who = command.answer("whoami", "--profile", "dev", DAYPASS_ENDPOINT="")

    assert "arn:aws:iam::111122223333:user/dev" == who["arn"]


def test_role_is_assumed(command: Command) -> None:
    """The credentials of a role name the session."""
    role = command.answer(
        "--profile", "dev", "assume-role", READ_ONLY, "--session-name", "me"
    )

    who = command.answer("whoami", **variables_of(role))

    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/ReadOnlyRole/me"
    assert (session, session) == (role["arn"], who["arn"])


def test_shell_takes_the_credentials(command: Command) -> None:
    """A shell that evaluates the export has the credentials."""
    line = (
        f'eval "$(daypass --profile dev assume-role {READ_ONLY}'
        ' --session-name shell --output export)" && daypass whoami'
    )

    result = command.program(["sh", "-c", line])

    assert 0 == result.returncode, result.stderr
    assert ":assumed-role/ReadOnlyRole/shell\n" in result.stdout


def test_garbage_is_no_token(command: Command) -> None:
    """Text that is no token is told as malformed, with exit status 1."""
    result = command.run("--profile", "dev", "--output", "json", "verify", "garbage")

    state = json.loads(result.stdout)["state"]
    assert (1, "malformed") == (result.returncode, state)


def test_session_ends_when_revoked(command: Command) -> None:
    """A token is valid until its session is revoked, and then nothing takes it."""
    role = command.answer("--profile", "dev", "assume-role", READ_ONLY)
    token = role["session_token"]
    before = command.answer("--profile", "dev", "verify", "-", typed=token)

    revocation = command.answer(
        "--profile", "admin", "sessions", "revoke", role["access_key_id"]
    )
    after = command.run("--profile", "dev", "verify", "-", typed=token)
    who = command.run("whoami", **variables_of(role))

    assert ("valid", role["access_key_id"]) == (
        before["state"],
        before["access_key_id"],
    )
    assert revocation["effective_everywhere"]
    assert (1, "revoked") == (after.returncode, after.stdout.split()[1])
    assert 1 == who.returncode
    assert who.stderr.startswith("daypass: InvalidClientTokenId: ")


def test_sessions_are_seen(command: Command) -> None:
    """An administrator finds the session of a role, in the list and by itself."""
    role = command.answer(
        "--profile", "dev", "assume-role", READ_ONLY, "--session-name", "seen"
    )
    key = role["access_key_id"]

    listed = command.answer(
        *("--profile", "admin", "sessions", "list", "--limit", "1000"),
        *("--role-arn", READ_ONLY),
    )
    shown = command.answer("--profile", "admin", "sessions", "get", key)

    assert key in [session["access_key_id"] for session in listed["sessions"]]
    assert ("seen", "arn:aws:iam::111122223333:user/dev") == (
        shown["session_name"],
        shown["requester_arn"],
    )


def test_auditor_needs_the_external_id(command: Command) -> None:
    """The auditor is refused without the external id that was agreed upon."""
    result = command.run("--profile", "auditor", "assume-role", AUDIT)

    assert 1 == result.returncode
    assert result.stderr.startswith("daypass: AccessDenied: ")


def test_auditor_brings_the_external_id(command: Command) -> None:
    """With the external id the auditor gets the role."""
    role = command.answer(
        *("--profile", "auditor", "assume-role", AUDIT),
        *("--external-id", "securecart-2026", "--duration", "1h"),
    )

    assert ":assumed-role/SecureCart-AuditRole/" in role["arn"]


def test_audit_lasts_an_hour(command: Command) -> None:
    """More than the hour that the role allows is refused."""
    result = command.run(
        *("--profile", "auditor", "assume-role", AUDIT),
        *("--external-id", "securecart-2026", "--duration", "3601"),
    )

    assert 1 == result.returncode
    assert result.stderr.startswith("daypass: ValidationError: ")


def test_workload_assumes_its_role(command: Command) -> None:
    """The storefront gets its role, whose path is not in the ARN of the session."""
    role = command.answer("--profile", "storefront", "assume-role", STOREFRONT)

    prefix = f"arn:aws:sts::{ACCOUNT}:assumed-role/StorefrontRole/"
    assert role["arn"].startswith(prefix)


def test_profile_leads_through_a_role(command: Command, tmp_path: Path) -> None:
    """A profile with a role and a source calls as that role."""
    config = tmp_path / "config"
    config.write_text(
        f"[profile audit]\nrole_arn = {AUDIT}\nsource_profile = auditor\n"
        "external_id = securecart-2026\nrole_session_name = by-profile\n",
        encoding="utf-8",
    )

    who = command.answer(
        *("--profile", "audit", "whoami"),
        AWS_CONFIG_FILE=str(config),
        AWS_SHARED_CREDENTIALS_FILE=str(command.server.state / "credentials"),
    )

    assert who["arn"].endswith(":assumed-role/SecureCart-AuditRole/by-profile")


def test_keys_are_public(command: Command) -> None:
    """Anyone gets the public keys, among them one that signs tokens."""
    keys = command.answer("keys")["keys"]

    assert "EdDSA" in {key["alg"] for key in keys}
    assert all("d" not in key for key in keys)


@pytest.mark.parametrize("language", ["python", "sh"])
def test_examples_of_the_readme_work(command: Command, language: str) -> None:
    """The examples of the client's README run as they stand there."""
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    interpreter = ["python", "-c"] if language == "python" else ["sh", "-ec"]

    results = [command.program([*interpreter, block]) for block in blocks]

    assert results
    for result in results:
        assert 0 == result.returncode, result.stderr
