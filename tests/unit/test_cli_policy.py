"""The commands that ask a folder answer as the server would, and say why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from daypass.cli import app
from support.directories import account_file
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


def run(*words: str, folder: Path = FOLDER) -> Result:
    """Runs a command on a folder; a traceback fails the test."""
    command, *options = words
    return CliRunner().invoke(
        app, [command, "--directory", str(folder), *options], catch_exceptions=False
    )


def assume(caller: str, role: str, *options: str, command: str = "simulate") -> Result:
    """Asks whether a caller may assume a role."""
    asked = ("--principal", caller, "--action", "sts:AssumeRole", "--resource", role)
    return run(command, *asked, *options)


def answers(result: Result) -> list[Any]:
    """Returns the answers of a run with `--json`."""
    found: list[Any] = json.loads(result.stdout)
    return found


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


def test_tags_need_their_own_action() -> None:
    """An AssumeRole with tags or a source identity asks for what that takes."""
    options = ("--tag", "project=x", "--source-identity", "dev", "--json")

    found = answers(assume(USERS["dev"], READ_ONLY, *options))

    expected = [
        ("sts:AssumeRole", "allowed"),
        ("sts:TagSession", "implicitDeny"),
        ("sts:SetSourceIdentity", "allowed"),
    ]
    assert expected == [(each["action"], each["effect"]) for each in found]


def test_repeated_keys_are_a_list() -> None:
    """A context key that is given twice has two values."""
    keys = ("--context", "sts:ExternalId=a", "--context", "sts:ExternalId=b")

    result = assume(USERS["auditor"], AUDIT, *keys, command="explain")

    assert "expected securecart-2026, was a or b" in result.stdout


def test_session_policies_cap(tmp_path: Path) -> None:
    """A session policy from a file caps what the role may do."""
    policy = tmp_path / "session.json"
    policy.write_text(
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"},
            }
        )
    )
    asked = (
        "--action",
        "s3:GetObject",
        "--resource",
        OBJECT,
        "--principal",
        STOREFRONT,
    )

    assert 0 == run("simulate", *asked, "--expect", "allow").exit_code
    result = run("simulate", *asked, "--session-policy", str(policy))
    assert "session policies: denied" in result.stdout


@pytest.mark.parametrize(
    ("principal", "expected"),
    [(USERS["intern"], "allow"), (ROLE_A, "allow"), (PRODUCTION, "deny")],
)
def test_resource_policy_replaces(
    tmp_path: Path, principal: str, expected: str
) -> None:
    """A resource policy from a file is resolved as a stored one would be."""
    policy = tmp_path / "bucket.json"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "s3:*",
        "Resource": "*",
    }
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    caller = ROLE_A if principal == ROLE_A else USERS["intern"]
    account = caller.split(":")[4]

    result = run(
        *("simulate", "--principal", caller, "--action", "s3:ListBucket"),
        *("--resource", "arn:aws:s3:::b", "--resource-account", account),
        *("--resource-policy", str(policy), "--expect", expected),
    )

    assert 0 == result.exit_code


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--principal", f"{USERS['dev']}X"), "There is no principal"),
        (("--principal", "arn:aws:iam::111122223333:user"), "There is no principal"),
        (("--principal", "arn:aws:iam::999999999999:root"), "There is no principal"),
        (("--principal", "arn:short"), "arn:short is invalid"),
        (
            ("--principal", f"arn:aws:sts::{PRODUCTION}:assumed-role/None/s1"),
            "There is no principal",
        ),
        (
            ("--principal", f"arn:aws:sts::{PRODUCTION}:federated-user/x"),
            "There is no principal",
        ),
        (("--principal", "anonymous"), "Neither its ARN nor the caller tells"),
        (("--principal", USERS["dev"], "--context", "k"), "--context takes KEY=VALUE"),
        (("--principal", USERS["dev"], "--tag", "=v"), "--tag takes KEY=VALUE"),
        (("--principal", USERS["dev"], "--resource", "b"), "b is invalid"),
        (
            (
                *("--principal", USERS["dev"]),
                *("--context", "k=1", "--context", "K=2"),
            ),
            "given more than once",
        ),
    ],
)
def test_wrong_calls_are_told(options: tuple[str, ...], reason: str) -> None:
    """A name that is none, and an option that is misspelt, end in one line."""
    result = run("simulate", "--action", "s3:ListBucket", *options)

    assert (2, "") == (result.exit_code, result.stdout)
    (line,) = result.stderr.splitlines()
    assert line.startswith("daypassd: ")
    assert reason in line


@pytest.mark.parametrize("text", [b"{", b"\xff"])
def test_documents_must_be_policies(tmp_path: Path, text: bytes) -> None:
    """A file that holds no policy is refused."""
    policy = tmp_path / "p.json"
    policy.write_bytes(text)

    result = assume(USERS["dev"], READ_ONLY, "--session-policy", str(policy))

    assert 2 == result.exit_code
    assert result.stderr.startswith("daypassd: ")


def test_faulty_folder_is_told(tmp_path: Path) -> None:
    """A folder with faults answers nothing."""
    (tmp_path / "a.yaml").write_text(account_file("users: {u: {bad: 1}}"))

    result = run(
        *("simulate", "--principal", "anonymous", "--action", "s3:ListBucket"),
        folder=tmp_path,
    )

    assert (1, "") == (result.exit_code, result.stdout)
    assert "a.yaml:2: users.u.bad: there is no such field" in result.stderr


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
