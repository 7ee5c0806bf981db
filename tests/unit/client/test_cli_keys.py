"""`daypass keys list`, `rotate` and `revoke`: what they send and print."""

from __future__ import annotations

import json
from datetime import timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from support.client_answers import KEY_SET
from support.command_line import Run
from support.fake_daypass import FakeDaypass, refusal
from support.world import START

CODE = grpc.StatusCode
LATER = Timestamp()
LATER.FromDatetime(START + timedelta(hours=1))
KEY = keyring.Key(
    key_id="k1",
    purpose=keyring.KEY_PURPOSE_SIGNING,
    algorithm="EdDSA",
    state=keyring.Key.STATE_ACTIVE,
    state_time=LATER,
)


def test_who_is_no_operator_is_told(fake: FakeDaypass, run: Run) -> None:
    """A denial is one line, and says what to do."""
    fake.refuse(refusal(CODE.PERMISSION_DENIED, "AccessDenied"))

    result = run("keys", "list")

    assert 1 == result.exit_code
    assert result.stderr.startswith("daypass: AccessDenied: ")


def test_keys_are_listed_page_by_page(fake: FakeDaypass, run: Run) -> None:
    """All pages are shown, and when the next step is due is said beside them."""
    fake.answer(
        keyring.ListKeysResponse(keys=[KEY], next_page_token="two", version=3),
        keyring.ListKeysResponse(keys=[KEY], version=3, next_step_time=LATER),
    )

    result = run("keys", "list", "--output", "json")

    sent = keyring.ListKeysRequest.FromString(fake.calls[1].body)
    assert "two" == sent.page_token
    assert ["k1", "k1"] == [key["key_id"] for key in json.loads(result.stdout)["keys"]]
    assert "2026-01-02T04:04:05" in result.stderr


def test_public_keys_take_options_on_both_sides(fake: FakeDaypass, run: Run) -> None:
    """Without a command the public keys are shown, options before the word or after."""
    fake.answer(KEY_SET, KEY_SET)

    before = run("--output", "json", "keys")
    after = run("keys", "--output", "json")

    assert before.stdout == after.stdout
    assert "authorization" not in fake.calls[0].metadata


@pytest.mark.parametrize(
    "words", [("signing",), ("sealing", "--algorithm", "EdDSA"), ("other",), ()]
)
def test_rotation_that_makes_no_sense(
    fake: FakeDaypass, run: Run, words: tuple[str, ...]
) -> None:
    """A purpose is one of three, and signing keys alone have an algorithm."""
    result = run("keys", "rotate", *words)

    assert 2 == result.exit_code
    assert [] == fake.calls


def test_rotation_is_sent(fake: FakeDaypass, run: Run) -> None:
    """What is asked arrives, and the keys that have changed are shown."""
    fake.answer(keyring.RotateKeysResponse(keys=[KEY], version=4))

    result = run(
        *("keys", "rotate", "signing", "--algorithm", "EdDSA", "--emergency"),
        *("--reason", "leak"),
    )

    sent = keyring.RotateKeysRequest.FromString(fake.calls[0].body)
    assert 0 == result.exit_code
    assert ("EdDSA", True, "leak") == (sent.algorithm, sent.emergency, sent.reason)
    assert "k1" in result.stdout


def test_too_early_is_a_failure(fake: FakeDaypass, run: Run) -> None:
    """Where nothing changes the status says so, and the text says when to come back."""
    fake.answer(keyring.RotateKeysResponse(ready_time=LATER, version=4))

    result = run("keys", "rotate", "sealing")

    assert 1 == result.exit_code
    assert "too early: ask again at 2026-01-02T04:04:05" in result.stderr


@pytest.mark.parametrize("known", [True, False])
def test_key_is_revoked(fake: FakeDaypass, run: Run, *, known: bool) -> None:
    """A revocation is told with its reach, and whether there was such a key."""
    fake.answer(
        keyring.RevokeKeyResponse(sequence=9, effective_everywhere=True, known=known)
    )

    result = run("keys", "revoke", "k1", "--reason", "leak", "--output", "json")

    sent = keyring.RevokeKeyRequest.FromString(fake.calls[0].body)
    assert ("k1", "leak") == (sent.key_id, sent.reason)
    assert {
        "state": "revoked",
        "sequence": 9,
        "effective_everywhere": True,
        "known": known,
    } == json.loads(result.stdout)
    assert ("no such key" in result.stderr) is not known
