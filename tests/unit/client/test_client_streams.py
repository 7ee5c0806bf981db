"""The two streams: what is sent, what is read, and how they end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from daypass_client import (
    AsyncDaypassClient,
    Credentials,
    DaypassClient,
    Profile,
    RoleRequest,
    UnavailableError,
)
from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client.errors import AccessDeniedError, ConfigurationError
from daypass_client.key_values import KeySetNews, RevocationEntry, RevocationNews
from daypass_client.streams import AsyncStream
from daypass_client.values import KeySet
from support.client_answers import KEY_SET, ROLE_ARN, assumed
from support.fake_daypass import FakeDaypass, Refusal, credentials_of, refusal
from support.world import START

CODE = grpc.StatusCode
KEEP = Timestamp()
KEEP.FromDatetime(START)
NEWS = sessions.WatchRevocationsResponse(
    log_id="log-1",
    sequence=7,
    restart=True,
    revocations=[
        sessions.Revocation(
            sequence=7,
            scope=sessions.Revocation.SCOPE_SESSION,
            subject="ASIA1",
            keep_time=KEEP,
        )
    ],
    complete=True,
    staleness=Duration(nanos=20_000_000),
)
READ = RevocationNews(
    log_id="log-1",
    sequence=7,
    restart=True,
    revocations=(RevocationEntry(7, "session", "ASIA1", START),),
    complete=True,
    staleness=timedelta(milliseconds=20),
)
KEY_NEWS = keyring.WatchKeySetResponse(keys=KEY_SET.keys, version=3)


@pytest.fixture
def profile(fake: FakeDaypass, temporary: Credentials) -> Profile:
    """Returns a profile that leads to the fake, with temporary credentials."""
    return fake.profile(temporary)


def test_stream_needs_credentials(fake: FakeDaypass) -> None:
    """Without credentials no stream is opened."""
    with DaypassClient(fake.profile()) as client, pytest.raises(ConfigurationError):
        client.watch_key_set()

    assert [] == fake.calls


@pytest.mark.parametrize("sequence", [-1, -(2**63)])
def test_place_is_not_negative(
    fake: FakeDaypass, profile: Profile, sequence: int
) -> None:
    """A place in a log is counted from 0."""
    with DaypassClient(profile) as client, pytest.raises(ValueError, match="negative"):
        client.watch_revocations(log_id="log-1", sequence=sequence)

    assert [] == fake.calls


def test_refused_stream_raises(fake: FakeDaypass, profile: Profile) -> None:
    """Who may not follow learns it with the first message, and is not asked twice."""
    fake.stream([refusal(CODE.PERMISSION_DENIED, "AccessDenied")])

    with DaypassClient(profile) as client, pytest.raises(AccessDeniedError):
        list(client.watch_revocations())

    assert 1 == len(fake.calls)


@pytest.mark.parametrize(
    "news",
    [
        sessions.WatchRevocationsResponse(sequence=7),
        sessions.WatchRevocationsResponse(log_id="log-1", sequence=-1),
        sessions.WatchRevocationsResponse(
            log_id="log-1", revocations=[sessions.Revocation(sequence=1)]
        ),
    ],
)
def test_message_without_sense_ends_a_stream(
    fake: FakeDaypass, profile: Profile, news: Message
) -> None:
    """A message that names no place, or revokes nothing, is a failure."""
    fake.stream([news])

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        list(client.watch_revocations())


def test_revocations_are_read_from_a_place(fake: FakeDaypass, profile: Profile) -> None:
    """The place is sent, the proof is over nothing, and messages come in order."""
    more = sessions.WatchRevocationsResponse(log_id="log-1", sequence=8)
    fake.stream([NEWS, more])

    with DaypassClient(profile) as client:
        found = list(client.watch_revocations(log_id="log-1", sequence=5))

    call = fake.calls[0]
    sent = sessions.WatchRevocationsRequest.FromString(call.body)
    of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert ("log-1", 5) == (sent.log_id, sent.sequence)
    assert of_nothing == call.metadata["x-amz-content-sha256"]
    assert 300 < call.seconds_left < 361
    assert READ == found[0]
    assert (8, False) == (found[1].sequence, found[1].complete)


def test_unknown_scope_is_told(fake: FakeDaypass, profile: Profile) -> None:
    """A scope of a newer server comes as its number."""
    entry = sessions.Revocation(sequence=1, subject="x")
    entry.MergeFromString(b"\x10\x63")
    fake.stream([sessions.WatchRevocationsResponse(log_id="l", revocations=[entry])])

    with DaypassClient(profile) as client:
        (news,) = client.watch_revocations()

    assert "99" == news.revocations[0].scope


def test_key_sets_are_read(fake: FakeDaypass, profile: Profile) -> None:
    """A message has the whole set and the version of its ring."""
    fake.stream([KEY_NEWS])

    with DaypassClient(profile) as client:
        (news,) = client.watch_key_set()

    assert ("k1",) == tuple(key.kid for key in news.key_set.keys)
    assert 3 == news.version


def test_stream_is_closed_from_elsewhere(fake: FakeDaypass, profile: Profile) -> None:
    """A thread that waits for the next message sees the stream end."""
    release, first = Event(), Event()

    def messages() -> Iterator[Message | Refusal]:
        yield KEY_NEWS
        release.wait(20)

    fake.stream(messages())
    found: list[KeySetNews] = []
    with DaypassClient(profile) as client:
        stream = client.watch_key_set()

        def read() -> None:
            for news in stream:
                found.append(news)
                first.set()

        reader = Thread(target=read)
        reader.start()
        assert first.wait(20)
        stream.close()
        reader.join(20)
        release.set()

    assert not reader.is_alive()
    assert 1 == len(found)


def test_spent_credentials_are_given_up(
    fake: FakeDaypass, long_term: Credentials
) -> None:
    """Where a stream is refused because of a revoked role, the role is got anew."""
    role = RoleRequest(role_arn=ROLE_ARN)
    end = START + timedelta(days=36_500)
    profile = Profile(
        endpoint=fake.profile().endpoint, credentials=long_term, roles=(role,)
    )
    fake.answer(assumed(3, end), assumed(4, end))
    fake.stream([refusal(CODE.UNAUTHENTICATED, "InvalidClientTokenId")])

    with DaypassClient(profile) as client:
        with pytest.raises(Exception, match="InvalidClientTokenId"):
            list(client.watch_key_set())
        found = client.credentials()

    assert credentials_of(4).access_key_id == found.access_key_id


async def collect(stream: AsyncStream[KeySetNews], sets: list[KeySet]) -> None:
    """Reads a stream to its end."""
    async for news in stream:
        sets.append(news.key_set)  # noqa: PERF401 - a stream may end by raising.


async def test_awaiting_client_follows(fake: FakeDaypass, profile: Profile) -> None:
    """Streams are there to await, too, with their ends and refusals."""
    fake.stream([NEWS])
    fake.stream([KEY_NEWS, refusal(CODE.UNAVAILABLE, "ServiceUnavailable")])

    async with AsyncDaypassClient(profile) as client:
        async with await client.watch_revocations() as revocations:
            news = [message async for message in revocations]
        sets: list[KeySet] = []
        with pytest.raises(UnavailableError):
            await collect(await client.watch_key_set(), sets)

    assert [READ] == news
    assert 1 == len(sets)


async def test_awaiting_client_gives_up_spent_credentials(
    fake: FakeDaypass, long_term: Credentials
) -> None:
    """The awaiting client gets a revoked role anew as well."""
    end = START + timedelta(days=36_500)
    profile = Profile(
        endpoint=fake.profile().endpoint,
        credentials=long_term,
        roles=(RoleRequest(role_arn=ROLE_ARN),),
    )
    fake.answer(assumed(3, end), assumed(4, end))
    fake.stream([refusal(CODE.UNAUTHENTICATED, "ExpiredToken")])

    async with AsyncDaypassClient(profile) as client:
        with pytest.raises(Exception, match="ExpiredToken"):
            await collect(await client.watch_key_set(), [])
        found = await client.credentials()

    assert credentials_of(4).access_key_id == found.access_key_id
