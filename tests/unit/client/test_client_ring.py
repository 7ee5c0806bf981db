"""Keys of the ring: listed, rotated and revoked by operators."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from daypass_client import (
    AsyncDaypassClient,
    Credentials,
    DaypassClient,
    Profile,
    UnavailableError,
)
from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from daypass_client.errors import AccessDeniedError
from daypass_client.key_values import (
    KeyPurpose,
    KeyRevocation,
    KeyRotation,
    RingKey,
    RingPage,
)
from support.fake_daypass import FakeDaypass, refusal
from support.world import START

CODE = grpc.StatusCode
LATER = START + timedelta(hours=1)


def timestamp(hours: int) -> Timestamp:
    """Returns so many hours after the start."""
    message = Timestamp()
    message.FromDatetime(START + timedelta(hours=hours))
    return message


KEY = keyring.Key(
    key_id="k1",
    purpose=keyring.KEY_PURPOSE_SIGNING,
    algorithm="ES256",
    state=keyring.Key.STATE_ACTIVE,
    state_time=timestamp(0),
)
READ = RingKey("k1", "signing", "ES256", "active", START)


@pytest.fixture
def profile(fake: FakeDaypass, temporary: Credentials) -> Profile:
    """Returns a profile that leads to the fake, with temporary credentials."""
    return fake.profile(temporary)


def test_who_is_no_operator_is_refused(fake: FakeDaypass, profile: Profile) -> None:
    """Keys are not listed for whoever may not."""
    fake.refuse(refusal(CODE.PERMISSION_DENIED, "AccessDenied"))

    with DaypassClient(profile) as client, pytest.raises(AccessDeniedError):
        client.list_keys()


def test_keys_are_listed(fake: FakeDaypass, profile: Profile) -> None:
    """A page has the keys, the ring's version, and when the next step is due."""
    answer = keyring.ListKeysResponse(
        keys=[KEY], next_page_token="p2", version=7, next_step_time=timestamp(1)
    )
    fake.answer(answer)

    with DaypassClient(profile) as client:
        page = client.list_keys(page_token="p1")

    sent = keyring.ListKeysRequest.FromString(fake.calls[0].body)
    assert ("p1", 1_000) == (sent.page_token, sent.page_size)
    assert RingPage((READ,), "p2", 7, LATER) == page


def test_words_of_newer_servers_are_numbers(
    fake: FakeDaypass, profile: Profile
) -> None:
    """A purpose or state that is not known is told by its number."""
    key = keyring.Key(key_id="k2")
    key.MergeFromString(b"\x10\x63\x20\x62")
    fake.answer(keyring.ListKeysResponse(keys=[key], version=1))

    with DaypassClient(profile) as client:
        page = client.list_keys()

    assert ("99", "98") == (page.keys[0].purpose, page.keys[0].state)
    assert page.next_step_time is None


@pytest.mark.parametrize(
    ("purpose", "algorithm"),
    [(KeyPurpose.SIGNING, ""), (KeyPurpose.SEALING, "EdDSA")],
)
def test_algorithm_fits_purpose(
    fake: FakeDaypass, profile: Profile, purpose: KeyPurpose, algorithm: str
) -> None:
    """Signing keys have an algorithm, and others none; nothing else is sent."""
    with DaypassClient(profile) as client, pytest.raises(ValueError, match="algorithm"):
        client.rotate_keys(purpose, algorithm=algorithm)

    assert [] == fake.calls


def test_rotation_is_not_repeated(fake: FakeDaypass, profile: Profile) -> None:
    """A step whose answer is lost is not taken a second time."""
    fake.refuse(refusal(CODE.UNAVAILABLE, "ServiceUnavailable"))

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        client.rotate_keys(KeyPurpose.DERIVATION)

    assert 1 == len(fake.calls)


def test_rotation_is_sent_and_read(fake: FakeDaypass, profile: Profile) -> None:
    """Everything that is asked arrives, and the keys that changed are read."""
    fake.answer(keyring.RotateKeysResponse(keys=[KEY], version=8))

    with DaypassClient(profile) as client:
        rotation = client.rotate_keys(
            KeyPurpose.SIGNING, algorithm="ES256", emergency=True, reason="leak"
        )

    assert keyring.RotateKeysRequest(
        purpose=keyring.KEY_PURPOSE_SIGNING,
        algorithm="ES256",
        emergency=True,
        reason="leak",
    ) == keyring.RotateKeysRequest.FromString(fake.calls[0].body)
    assert KeyRotation((READ,), None, 8) == rotation


def test_too_early_says_when(fake: FakeDaypass, profile: Profile) -> None:
    """Where a key was published just now, the answer says when it may be used."""
    fake.answer(keyring.RotateKeysResponse(ready_time=timestamp(1), version=8))

    with DaypassClient(profile) as client:
        rotation = client.rotate_keys(KeyPurpose.SEALING)

    assert KeyRotation((), LATER, 8) == rotation


def test_revoking_is_repeated(fake: FakeDaypass, profile: Profile) -> None:
    """A key is revoked again where the server was away: that changes nothing."""
    fake.refuse(refusal(CODE.UNAVAILABLE, "ServiceUnavailable"))
    fake.answer(
        keyring.RevokeKeyResponse(sequence=9, effective_everywhere=True, known=True)
    )

    with DaypassClient(profile) as client:
        revocation = client.revoke_key("k1", reason="leak")

    sent = keyring.RevokeKeyRequest.FromString(fake.calls[1].body)
    assert ("k1", "leak") == (sent.key_id, sent.reason)
    assert (
        KeyRevocation(sequence=9, effective_everywhere=True, known=True) == revocation
    )


async def test_awaiting_client_does_the_same(
    fake: FakeDaypass, profile: Profile
) -> None:
    """What blocks is there to await, too."""
    fake.answer(
        keyring.ListKeysResponse(keys=[KEY], version=7),
        keyring.RotateKeysResponse(keys=[KEY], version=8),
        keyring.RevokeKeyResponse(sequence=9),
    )

    async with AsyncDaypassClient(profile) as client:
        page = await client.list_keys()
        rotation = await client.rotate_keys(KeyPurpose.SEALING)
        revocation = await client.revoke_key("k1")

    assert (READ,) == page.keys == rotation.keys
    assert (
        KeyRevocation(sequence=9, effective_everywhere=False, known=False) == revocation
    )
