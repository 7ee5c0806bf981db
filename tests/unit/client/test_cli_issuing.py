"""Commands that issue something: what they send and print."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import grpc
import pytest
from google.protobuf.message import Message

from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from support.client_answers import ROLE_ARN, SESSION_ARN
from support.command_line import Run
from support.fake_daypass import FakeDaypass, refusal
from support.sts_answers import (
    ACCOUNT,
    BY_ASSERTION,
    BY_TOKEN,
    DELEGATED,
    FEDERATED,
    FEDERATED_ARN,
    IDENTITY,
    IDENTITY_TOKEN,
    OWN,
    ROOT,
    read,
)

PROVIDER = "arn:aws:iam::123456789012:saml-provider/CorpIdP"
TASK = "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"
POLICIES = [sts.PolicyDescriptor(arn="arn:p")]
BY_TOKEN_WORDS = (
    *("assume-role-with-web-identity", "--role-arn", ROLE_ARN, "--token-file", "-"),
    *("--session-name", "build", "--duration", "15m"),
    *("--policy-arn", "arn:p"),
)
BY_ASSERTION_WORDS = (
    *("assume-role-with-saml", "--role-arn", ROLE_ARN, "--principal-arn", PROVIDER),
    *("--assertion-file", "-", "--duration", "900", "--policy-arn", "arn:p"),
)

# For each: the words, what is typed, the answer, and what must have been sent.
CASES: dict[str, tuple[tuple[str, ...], str, Message, Message]] = {
    "token of a provider": (
        BY_TOKEN_WORDS,
        "a.b.c\n",
        BY_TOKEN,
        sts.AssumeRoleWithWebIdentityRequest(
            role_arn=ROLE_ARN,
            role_session_name="build",
            web_identity_token="a.b.c",
            duration_seconds=900,
            policy_arns=POLICIES,
        ),
    ),
    "assertion": (
        BY_ASSERTION_WORDS,
        "PHNh\nbWw+\n",
        BY_ASSERTION,
        sts.AssumeRoleWithSAMLRequest(
            role_arn=ROLE_ARN,
            principal_arn=PROVIDER,
            saml_assertion="PHNhbWw+",
            duration_seconds=900,
            policy_arns=POLICIES,
        ),
    ),
    "root": (
        ("assume-root", "123456789012", "--task-policy-arn", TASK, "--duration", "0"),
        "",
        ROOT,
        sts.AssumeRootRequest(
            target_principal="123456789012",
            task_policy_arn=sts.PolicyDescriptor(arn=TASK),
            duration_seconds=0,
        ),
    ),
    "own session": (
        ("session-token", "--serial-number", "GAHT12345678", "--token-code", "012345"),
        "",
        OWN,
        sts.GetSessionTokenRequest(serial_number="GAHT12345678", token_code="012345"),
    ),
    "federated user": (
        (
            *("federation-token", "customer-7", "--policy", "-", "--tag", "folder=7"),
            *("--policy-arn", "arn:p", "--duration", "1h"),
        ),
        "{}",
        FEDERATED,
        sts.GetFederationTokenRequest(
            name="customer-7",
            policy="{}",
            policy_arns=POLICIES,
            tags=[sts.Tag(key="folder", value="7")],
            duration_seconds=3600,
        ),
    ),
    "trade-in token": (
        ("delegated-token", "-"),
        "trade-in\n",
        DELEGATED,
        sts.GetDelegatedAccessTokenRequest(trade_in_token="trade-in"),
    ),
    "role with a code": (
        (
            *("assume-role", ROLE_ARN, "--session-name", "me"),
            *("--serial-number", "GAHT12345678", "--token-code", "012345"),
        ),
        "",
        sts.AssumeRoleResponse(credentials=OWN.credentials),
        sts.AssumeRoleRequest(
            role_arn=ROLE_ARN,
            role_session_name="me",
            serial_number="GAHT12345678",
            token_code="012345",
        ),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_refusal_prints_nothing(fake: FakeDaypass, run: Run, case: str) -> None:
    """Where nothing is issued, standard output stays empty, and the error says why."""
    words, typed, _, _ = CASES[case]
    fake.refuse(refusal(grpc.StatusCode.PERMISSION_DENIED, "AccessDenied"))

    result = run(*words, typed=typed)

    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith("daypass: AccessDenied: ")


@pytest.mark.parametrize("case", CASES)
def test_options_arrive(fake: FakeDaypass, run: Run, case: str) -> None:
    """Every option of a command is sent, and the credentials are printed as JSON."""
    words, typed, answer, expected = CASES[case]
    fake.answer(answer)

    result = run(*words, "--output", "json", typed=typed)

    assert 0 == result.exit_code, result.stderr
    assert expected == type(expected).FromString(fake.calls[0].body)
    secret = read(5).secret_access_key.reveal()
    assert secret == json.loads(result.stdout)["secret_access_key"]


@pytest.mark.parametrize("case", CASES)
def test_credentials_are_exported(fake: FakeDaypass, run: Run, case: str) -> None:
    """Whatever issues credentials prints them as lines for a shell, too."""
    words, typed, answer, _ = CASES[case]
    fake.answer(answer)

    result = run(*words, "--output", "export", typed=typed)

    lines = [shlex.split(line)[1] for line in result.stdout.splitlines()]
    assert f"AWS_ACCESS_KEY_ID={read(5).access_key_id}" in lines
    assert f"DAYPASS_ENDPOINT={fake.endpoint}" in lines


def test_facts_stand_before_secrets(fake: FakeDaypass, run: Run) -> None:
    """A table tells who the session is of, and by whose word."""
    fake.answer(BY_TOKEN)

    result = run(*BY_TOKEN_WORDS, typed="a.b.c")

    assert f"arn                 {SESSION_ARN}\n" in result.stdout
    assert "subject             build\n" in result.stdout
    assert "audience            daypass\n" in result.stdout


def test_federated_user_is_named(fake: FakeDaypass, run: Run) -> None:
    """The ARN of the federated user is printed."""
    fake.answer(FEDERATED)

    result = run("federation-token", "customer-7")

    assert FEDERATED_ARN in result.stdout


@pytest.mark.parametrize("words", [BY_TOKEN_WORDS, BY_ASSERTION_WORDS])
def test_foreign_proof_needs_no_profile(
    fake: FakeDaypass, environ: dict[str, str | None], run: Run, words: tuple[str, ...]
) -> None:
    """Without any credentials a token or an assertion is enough, and nothing is signed."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        environ[name] = None
    fake.answer(BY_TOKEN if words is BY_TOKEN_WORDS else BY_ASSERTION)

    result = run(*words, typed="a.b.c")

    assert 0 == result.exit_code, result.stderr
    assert "authorization" not in fake.calls[0].metadata


def test_identity_token_is_asked_for(fake: FakeDaypass, run: Run) -> None:
    """A token for others has its audiences, and ES384 unless another is chosen."""
    fake.answer(IDENTITY)

    result = run(
        *("web-identity-token", "--audience", "https://a.example"),
        *("--audience", "https://b.example", "--tag", "team=shop", "--duration", "1m"),
        *("--output", "json"),
    )

    assert sts.GetWebIdentityTokenRequest(
        audience=["https://a.example", "https://b.example"],
        signing_algorithm="ES384",
        duration_seconds=60,
        tags=[sts.Tag(key="team", value="shop")],
    ) == sts.GetWebIdentityTokenRequest.FromString(fake.calls[0].body)
    assert IDENTITY_TOKEN == json.loads(result.stdout)["web_identity_token"]


def test_account_of_a_key_is_shown(fake: FakeDaypass, run: Run) -> None:
    """The account keeps its leading zero."""
    fake.answer(ACCOUNT)

    result = run("access-key-info", "ASIAQNZGKIQY56JQ7WML")

    assert "account  029608264753\n" == result.stdout


@pytest.mark.parametrize(
    ("decoded", "printed"),
    [('{"allowed": false}', '{\n  "allowed": false\n}\n'), ("\x1b[2J", "\\x1b[2J\n")],
)
def test_denial_is_opened(
    fake: FakeDaypass, run: Run, decoded: str, printed: str
) -> None:
    """What a denial says is printed as JSON; what is none cannot steer a terminal."""
    answer = sts.DecodeAuthorizationMessageResponse(decoded_message=decoded)
    fake.answer(answer)

    result = run("decode-message", "-", typed="sealed\n")

    assert printed == result.stdout
    sent = sts.DecodeAuthorizationMessageRequest.FromString(fake.calls[0].body)
    assert "sealed" == sent.encoded_message


@pytest.mark.parametrize(
    "words",
    [
        ("session-token", "--token-code", "012345"),
        ("assume-role", ROLE_ARN, "--token-code", "012345"),
        ("assume-role-with-web-identity", "--role-arn", ROLE_ARN),
        ("assume-role-with-saml", "--role-arn", ROLE_ARN, "--assertion-file", "-"),
        ("assume-root", "123456789012"),
        ("federation-token",),
        ("federation-token", "c", "--tag", "novalue"),
        ("web-identity-token",),
        ("web-identity-token", "--audience", "a", "--algorithm", "HS256"),
        ("web-identity-token", "--audience", "a", "--output", "export"),
        ("delegated-token",),
        ("credential-process", "--session-name", "me"),
        ("exec",),
        ("exec", "--session-name", "me", "--", "true"),
        ("decode",),
        ("simulate", "--principal", "anonymous"),
        ("simulate", "--principal", "anonymous", "--action", "a:B", "--context", "x"),
    ],
)
def test_senseless_command_line_is_refused(
    fake: FakeDaypass, run: Run, words: tuple[str, ...]
) -> None:
    """A command line that makes no sense ends with status 2, and no call is made."""
    result = run(*words)

    assert (2, []) == (result.exit_code, fake.calls)


def test_missing_token_file_is_told(run: Run, tmp_path: Path) -> None:
    """A token file that is not there is named."""
    missing = str(tmp_path / "token")

    result = run(
        *("assume-role-with-web-identity", "--role-arn", ROLE_ARN),
        *("--token-file", missing),
    )

    assert f"daypass: {missing}: The file cannot be read" in result.stderr
