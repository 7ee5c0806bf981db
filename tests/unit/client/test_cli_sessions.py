"""`daypass sessions` and `daypass keys`: what they send and print."""

from __future__ import annotations

import json

import grpc

from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from support.client_answers import (
    KEY_SET,
    LISTED,
    REVOKED,
    ROLE_ARN,
    SESSION,
)
from support.command_line import Run
from support.fake_daypass import FakeDaypass

CODE = grpc.StatusCode


def test_sessions_are_listed(fake: FakeDaypass, run: Run) -> None:
    """A pipe gets every value of the table whole."""
    fake.answer(LISTED)

    result = run("sessions", "list", "--role-arn", ROLE_ARN)

    assert 0 == result.exit_code
    for text in (SESSION.access_key_id, ROLE_ARN, SESSION.requester_arn):
        assert text in result.stdout


def test_cut_list_says_so(fake: FakeDaypass, run: Run) -> None:
    """Where there are more sessions than are shown, standard error says so."""
    fake.answer(sessions.ListSessionsResponse(sessions=[SESSION, SESSION]))

    result = run("sessions", "list", "--limit", "1", "--output", "json")

    assert 1 == len(json.loads(result.stdout)["sessions"])
    assert "more than 1 sessions" in result.stderr


def test_session_is_shown(fake: FakeDaypass, run: Run) -> None:
    """One session is shown whole."""
    fake.answer(sessions.GetSessionResponse(session=SESSION))

    result = run("sessions", "get", SESSION.access_key_id, "--output", "json")

    assert SESSION.access_key_id == json.loads(result.stdout)["access_key_id"]


def test_session_is_revoked(fake: FakeDaypass, run: Run) -> None:
    """A revocation is told with its number and its reach."""
    fake.answer(REVOKED)

    result = run("sessions", "revoke", SESSION.access_key_id, "--reason", "left")

    sent = sessions.RevokeSessionsRequest.FromString(fake.calls[0].body)
    assert (SESSION.access_key_id, "left") == (sent.access_key_id, sent.reason)
    assert "effective everywhere  yes\n" in result.stdout


def test_keys_are_a_key_set(fake: FakeDaypass, run: Run) -> None:
    """In JSON the keys are a JSON Web Key Set."""
    fake.answer(KEY_SET)

    result = run("keys", "--output", "json")

    (key,) = json.loads(result.stdout)["keys"]
    assert ("k1", "OKP", "eA") == (key["kid"], key["kty"], key["x"])


def test_keys_are_a_table(fake: FakeDaypass, run: Run) -> None:
    """People read of each key what it is for."""
    fake.answer(KEY_SET)

    result = run("keys")

    assert "Ed25519" in result.stdout
