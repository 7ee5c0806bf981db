"""The commands that ask a folder answer as the server would, and say why."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from daypass.cli import app
from support.policy_commands import answers, assume, run
from support.securecart import (
    AUDIT,
    FOLDER,
    PRODUCTION,
    READ_ONLY,
    ROLE_A,
    ROLE_B,
    STOREFRONT,
    USERS,
)

ROLE_A_SESSION = f"arn:aws:sts::{PRODUCTION}:assumed-role/RoleA/s1"

PIPELINE = f"arn:aws:iam::{PRODUCTION}:role/federated/PipelineRole"

PIPELINE_PROVIDER = f"arn:aws:iam::{PRODUCTION}:oidc-provider/ci.securecart.example"

WITH_TOKEN = ("--action", "sts:AssumeRoleWithWebIdentity")

BRANCH = "repo:securecart/storefront:ref:refs/heads/main"

OBJECT = "arn:aws:s3:::securecart-product-images/a"


@pytest.mark.parametrize(
    ("caller", "role", "options"),
    [
        (USERS["intern"], READ_ONLY, ()),
        (USERS["auditor"], AUDIT, ()),
        (USERS["auditor"], AUDIT, ("--external-id", "another")),
        (USERS["dev"], STOREFRONT, ()),
        (ROLE_A_SESSION, ROLE_B, ()),
        ("anonymous", READ_ONLY, ()),
        ("service:ec2.amazonaws.com", READ_ONLY, ()),
        (f"arn:aws:iam::{PRODUCTION}:root", READ_ONLY, ()),
        (USERS["dev"], f"{READ_ONLY}X", ()),
    ],
)
def test_refusals_of_the_example(
    caller: str, role: str, options: tuple[str, ...]
) -> None:
    """Who may not assume a role of the example is told so."""
    assert 1 == assume(caller, role, *options, "--expect", "allow").exit_code
    assert 0 == assume(caller, role, *options, "--expect", "deny").exit_code


@pytest.mark.parametrize(
    ("caller", "role", "options"),
    [
        (USERS["dev"], READ_ONLY, ()),
        (USERS["auditor"], AUDIT, ("--external-id", "securecart-2026")),
        (USERS["storefront"], STOREFRONT, ()),
        (USERS["dev"], ROLE_A, ("--tag", "project=x")),
        (ROLE_A_SESSION, ROLE_B, ("--context", "aws:PrincipalTag/project=x")),
        (
            f"arn:aws:iam::{PRODUCTION}:role/RoleA",
            ROLE_B,
            ("--context", "aws:PrincipalTag/project=x", "--tag", "project=x"),
        ),
    ],
)
def test_grants_of_the_example(
    caller: str, role: str, options: tuple[str, ...]
) -> None:
    """Who may assume a role of the example is told so."""
    assert 0 == assume(caller, role, *options, "--expect", "allow").exit_code
    assert 1 == assume(caller, role, *options, "--expect", "deny").exit_code


@pytest.mark.parametrize(
    ("subject", "status"), [("repo:someone/else:ref:refs/heads/main", 1), (BRANCH, 0)]
)
def test_provider_is_asked_by_its_claims(subject: str, status: int) -> None:
    """A role of an identity provider is asked about with the claims of a token."""
    host = "ci.securecart.example"
    result = run(
        *("simulate", "--principal", PIPELINE_PROVIDER, *WITH_TOKEN),
        *("--resource", PIPELINE, "--expect", "allow"),
        *("--context", f"{host}:aud=daypass", "--context", f"{host}:sub={subject}"),
    )

    assert status == result.exit_code


def test_nothing_expected_is_success() -> None:
    """Without an expectation a denial is an answer like any other."""
    assert 0 == assume(USERS["intern"], READ_ONLY).exit_code


def test_one_unexpected_answer_fails() -> None:
    """Every action on every resource must be as expected."""
    asked = ("simulate", "--principal", USERS["dev"], "--action", "sts:AssumeRole")
    both = ("--resource", READ_ONLY, "--resource", STOREFRONT)

    assert 1 == run(*asked, *both, "--expect", "allow").exit_code
    assert 1 == run(*asked, *both, "--expect", "deny").exit_code


def test_tree_marks_what_decided() -> None:
    """The tree shows what matched, where it stands, and what decided."""
    result = assume(USERS["auditor"], AUDIT)

    assert f"denied: sts:AssumeRole on {AUDIT}\n" in result.stdout
    assert "├── resource policy: denied  ◀ decided\n" in result.stdout
    assert "Allow AssumeTheAuditRole matches  accounts/auditor.yaml:" in result.stdout
    assert "absent from the request: sts:ExternalId" in result.stdout
    assert "nearest change: ExternalId was not passed" in result.stdout
    assert "--context sts:ExternalId=securecart-2026" in result.stdout


def test_tree_of_a_file_has_no_colour() -> None:
    """What does not go to a terminal has no escape sequences and no folded lines."""
    result = assume(USERS["intern"], READ_ONLY)

    assert "\x1b" not in result.stdout
    assert (
        f"no identity policy of user intern allows sts:AssumeRole on {READ_ONLY}"
        in (result.stdout)
    )


def test_tree_of_a_terminal_has_colour() -> None:
    """A terminal is shown colours."""
    asked = ("--principal", USERS["dev"], "--action", "sts:GetCallerIdentity")

    result = CliRunner().invoke(
        app,
        ["simulate", "--directory", str(FOLDER), *asked],
        env={"FORCE_COLOR": "1", "TERM": "xterm"},
        catch_exceptions=False,
    )

    assert "\x1b[32mallowed\x1b[0m" in result.stdout


def test_simulate_leaves_out_what_does_not_match() -> None:
    """What matched is shown; what did not, and why, is for explain."""
    simulated = assume(USERS["auditor"], AUDIT).stdout
    explained = assume(USERS["auditor"], AUDIT, command="explain").stdout

    assert "AuditorsForUs" not in simulated
    assert "Allow AuditorsForUs does not match" in explained


def test_explain_shows_explicit_denials() -> None:
    """The Deny that decided is marked, with file and line."""
    result = run(
        *("explain", "--principal", USERS["operator"]),
        *("--action", "s3:GetObject", "--resource", OBJECT),
    )

    assert f"explicitly denied: s3:GetObject on {OBJECT}" in result.stdout
    assert "Deny AllButSigningIn matches  accounts/production.yaml:" in result.stdout
    assert "unless aws:MultiFactorAuthPresent is true" in result.stdout


def test_second_factor_is_an_option() -> None:
    """With `--mfa` the request carries a second factor."""
    asked = ("simulate", "--principal", USERS["operator"], "--action", "s3:GetObject")

    result = run(*asked, "--resource", OBJECT, "--mfa", "--expect", "allow")

    assert 0 == result.exit_code


def test_open_actions_say_so() -> None:
    """What no policy can deny says that."""
    asked = ("--principal", USERS["operator"], "--action", "sts:GetCallerIdentity")

    assert "allowed: sts:GetCallerIdentity on *, whatever the policies say" in (
        run("simulate", *asked).stdout
    )


def test_root_users_assume_nothing() -> None:
    """A root user assumes no role, though the role trusts its account."""
    root = "arn:aws:iam::111122223333:root"

    result = assume(root, READ_ONLY, "--expect", "deny")

    assert 0 == result.exit_code
    assert f"denied: sts:AssumeRole on {READ_ONLY}, whatever" in result.stdout


def test_json_is_the_whole_explanation() -> None:
    """`--json` prints one explanation for each question."""
    (found,) = answers(assume(USERS["auditor"], AUDIT, "--json"))

    assert ("implicitDeny", "resource") == (found["effect"], found["slot"])
    assert ["sts:ExternalId"] == found["missing_keys"]
    assert ["securecart-2026"] == found["nearest"][0]["edits"][0]["values"]


def test_principals_are_shown_as_written() -> None:
    """Unique ids, which are samples here, are shown as the ARNs they stand for."""
    result = assume(USERS["operator"], STOREFRONT, command="explain")

    assert f"Principal names {USERS['storefront']}, not user operator" in result.stdout
