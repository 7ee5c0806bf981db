"""`daypass exchange` and `daypass revoke-token`: what they send and print."""

from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client.exchange_values import ACCESS_TOKEN, CREDENTIALS, ID_TOKEN, JWT
from support.command_line import Run
from support.fake_daypass import FakeDaypass, refusal
from support.sts_answers import issued, read

WORDS = ("exchange", "--subject-token-file", "-", "--subject-token-type", "id_token")


def test_refusal_prints_nothing(fake: FakeDaypass, run: Run) -> None:
    """Where nothing is issued, standard output stays empty."""
    fake.refuse(refusal(grpc.StatusCode.INVALID_ARGUMENT, "InvalidTarget"))

    result = run(*WORDS, typed="a.b.c")

    assert (1, "") == (result.exit_code, result.stdout)
    assert "exchange policy" in result.stderr


def test_options_arrive(fake: FakeDaypass, run: Run, tmp_path: Path) -> None:
    """Every option is sent, and the token is printed with what it grants."""
    fake.answer(
        tokens.ExchangeTokenResponse(
            access_token="d.e.f",
            issued_token_type=ACCESS_TOKEN,
            token_type="Bearer",
            expires_in=Duration(seconds=600),
            scopes=["pictures:read"],
        )
    )
    actor = tmp_path / "actor"
    actor.write_text("x.y.z\n", encoding="utf-8")

    result = run(
        *(*WORDS, "--actor-token-file", str(actor), "--actor-token-type", "jwt"),
        *("--audience", "pictures", "--resource", "https://pictures.example"),
        *("--scope", "pictures:read", "--output", "json"),
        typed="a.b.c\n",
    )

    assert tokens.ExchangeTokenRequest(
        subject_token="a.b.c",
        subject_token_type=ID_TOKEN,
        actor_token="x.y.z",
        actor_token_type=JWT,
        audiences=["pictures"],
        resources=["https://pictures.example"],
        scopes=["pictures:read"],
        requested_token_type=ACCESS_TOKEN,
    ) == tokens.ExchangeTokenRequest.FromString(fake.calls[0].body)
    assert {
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": 600.0,
        "scopes": ["pictures:read"],
        "access_token": "d.e.f",
    } == json.loads(result.stdout)


def test_credentials_are_exported(fake: FakeDaypass, run: Run) -> None:
    """Where credentials are asked for they come as lines for a shell, too."""
    fake.answer(
        tokens.ExchangeTokenResponse(
            credentials=issued(5), issued_token_type=CREDENTIALS, token_type="N_A"
        )
    )

    result = run(
        *(*WORDS, "--requested-type", "credentials", "--output", "export"),
        typed="a.b.c",
    )

    assert f"export AWS_ACCESS_KEY_ID={read(5).access_key_id}\n" in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("exchange",),
        (*WORDS, "--actor-token-file", "-"),
        (*WORDS, "--actor-token-type", "jwt"),
        (*WORDS, "--output", "export"),
        (*WORDS, "--requested-type", "saml2"),
        ("revoke-token",),
    ],
)
def test_senseless_command_line_is_refused(
    fake: FakeDaypass, run: Run, words: tuple[str, ...]
) -> None:
    """A command line that makes no sense ends with status 2, and no call is made."""
    result = run(*words)

    assert (2, []) == (result.exit_code, fake.calls)


def test_token_is_revoked(fake: FakeDaypass, run: Run) -> None:
    """A token is ended, and whether that is certain everywhere is printed."""
    fake.answer(tokens.RevokeTokenResponse(effective_everywhere=True))

    result = run("revoke-token", "-", typed="a.b.c\n")

    sent = tokens.RevokeTokenRequest.FromString(fake.calls[0].body)
    assert "a.b.c" == sent.token
    assert "effective everywhere  yes\n" in result.stdout


def test_exchanged_token_is_verified(fake: FakeDaypass, run: Run) -> None:
    """`daypass verify` shows what an exchanged token says, and who acts."""
    answer = tokens.VerifyTokenResponse(
        exchanged=tokens.VerifiedExchangedToken(
            subject="https://login.example#7",
            actors=[tokens.TokenActor(issuer="i", subject="s")],
        )
    )
    fake.answer(answer, answer)

    result = run("verify", "-", "--output", "json", typed="a.b.c")

    printed = json.loads(result.stdout)
    assert ("valid", "https://login.example#7") == (
        printed["state"],
        printed["subject"],
    )
    assert [{"issuer": "i", "subject": "s"}] == printed["actors"]
