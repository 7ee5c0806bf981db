"""The blocking and the awaiting verifier, against a server that answers by script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import grpc
import pytest

from daypass.keyring.jwks import jwks
from daypass.keyring.ring import Ring
from daypass_client import Credentials
from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client.errors import (
    AccessDeniedError,
    CannotVouchError,
    TokenRejectedError,
    UnavailableError,
)
from daypass_client.verifier import AsyncTokenVerifier, JwksUrl, TokenVerifier
from support.exchanged import OUR_ISSUER, encoded
from support.fake_daypass import FakeDaypass, refusal
from support.key_set_server import KeySetServer
from support.offline import ACCOUNT_ISSUER, LOG, US, OfflineWorld, identity_token
from support.rings import key_of
from support.verifier_stage import (
    Awaiting,
    Blocking,
    Feed,
    Stage,
    jwk_messages,
    news,
    wait_until,
)
from support.world import ManualClock

CODE = grpc.StatusCode


@pytest.fixture
def stage(fake: FakeDaypass, ring: Ring, temporary: Credentials) -> Iterator[Stage]:
    """Yields a server whose streams are ready."""
    stage = Stage(fake, ring, temporary)
    stage.begin()
    yield stage
    stage.end()


BOTH = pytest.mark.parametrize("kind", [Blocking, Awaiting])
Kind = type[Blocking] | type[Awaiting]


@BOTH
def test_who_may_not_follow_does_not_begin(
    fake: FakeDaypass, ring: Ring, temporary: Credentials, kind: Kind
) -> None:
    """Whose credentials may not follow revocations is told so at the start."""
    stage = Stage(fake, ring, temporary)
    denied = [refusal(CODE.PERMISSION_DENIED, "AccessDenied")]
    fake.stream_of("WatchKeySet", stage.key_sets)
    for _ in range(20):
        fake.stream_of("WatchRevocations", denied)

    with pytest.raises(AccessDeniedError), kind(stage.profile):
        pytest.fail("it began")
    stage.end()


@BOTH
def test_nothing_begins_without_keys(
    fake: FakeDaypass, temporary: Credentials, kind: Kind
) -> None:
    """Where the key set cannot be had, the verifier does not begin."""
    fake.refuse(refusal(CODE.INTERNAL, "InternalFailure"))

    with (
        pytest.raises(UnavailableError),
        kind(fake.profile(temporary)),
    ):
        pytest.fail("it began")


@BOTH
def test_nothing_begins_with_keys_of_one_name(
    fake: FakeDaypass, ring: Ring, temporary: Credentials, kind: Kind
) -> None:
    """Where two keys have one name, the verifier does not begin."""
    fake.answer(keyring.GetKeySetResponse(keys=jwk_messages(ring) * 2))

    with pytest.raises(UnavailableError), kind(fake.profile(temporary)):
        pytest.fail("it began")


@BOTH
def test_tokens_are_verified_without_a_call(stage: Stage, kind: Kind) -> None:
    """However many tokens are verified, the server is asked for nothing."""
    with kind(stage.profile) as verifier:
        wait_until(lambda: stage.calls_of("WatchKeySet") == 1)
        calls = len(stage.fake.calls)
        for number in range(20):
            token = stage.world.token(session_name=f"name-{number % 7}")
            assert "good" == verifier.verdict(token)

        assert calls == len(stage.fake.calls)
        stage.end()


@BOTH
def test_revocation_arrives(stage: Stage, kind: Kind) -> None:
    """A token that was good is refused as soon as its revocation has come."""
    token = stage.world.token()
    with kind(stage.profile) as verifier:
        assert "good" == verifier.verdict(token)
        stage.revocations.send(news(8, "ASIA" + "Q" * 16))
        wait_until(lambda: verifier.verdict(token) == "revoked")
        stage.end()


@BOTH
def test_stream_goes_on_where_it_ended(stage: Stage, kind: Kind) -> None:
    """The next stream begins at the place where the one before has ended."""
    again = Feed(news(9, "ASIA" + "Q" * 16))
    stage.fake.stream_of("WatchRevocations", again)
    token = stage.world.token()
    with kind(stage.profile) as verifier:
        stage.revocations.send(news(8, "ASIA" + "B" * 16))
        stage.revocations.send(None)
        wait_until(lambda: verifier.verdict(token) == "revoked")
        again.send(None)
        stage.end()

    asked = [
        sessions.WatchRevocationsRequest.FromString(call.body)
        for call in stage.fake.calls
        if call.method.endswith("/WatchRevocations")
    ]
    assert [("", 0), (LOG, 8)] == [(ask.log_id, ask.sequence) for ask in asked][:2]


@BOTH
def test_silence_ends_all_vouching(stage: Stage, kind: Kind) -> None:
    """Who hears nothing for longer than was asked refuses to say anything."""
    with kind(stage.profile, revocation_age_max=timedelta(seconds=2)) as verifier:
        token = stage.world.token()
        wait_until(lambda: verifier.verdict(token) == "revocations_stale")
        assert verifier.verifier.status().revocations == 0

        stage.revocations.send(news(7))
        fresh = Feed(news(7))
        stage.fake.stream_of("WatchRevocations", fresh)
        wait_until(lambda: verifier.verdict(token) == "good")
        fresh.send(None)
        stage.end()


@BOTH
def test_new_key_is_asked_for_once(stage: Stage, ring: Ring, kind: Kind) -> None:
    """A token of a key that is not known makes one request, and none soon after."""
    newer = key_of(ring.signing_key().algorithm, seed=77)
    entries = [replace(ring.keys[0], key=newer), *ring.keys[1:]]
    other = OfflineWorld(replace(ring, keys=tuple(entries)))
    stranger = OfflineWorld(
        replace(
            ring,
            keys=(
                replace(
                    ring.keys[0], key=key_of(ring.signing_key().algorithm, seed=78)
                ),
                *ring.keys[1:],
            ),
        )
    )
    stage.fake.answer(
        keyring.GetKeySetResponse(keys=[*stage.set.keys, *jwk_messages(other.ring)[:1]])
    )
    with kind(stage.profile) as verifier:
        assert "good" == verifier.verdict(other.token())
        assert "unknown_key" == verifier.verdict(stranger.token())
        assert "unknown_key" == verifier.verdict(stranger.token(session_name="two"))

        assert 2 == stage.calls_of("GetKeySet")
        stage.end()


@BOTH
def test_unknown_key_and_no_server(stage: Stage, ring: Ring, kind: Kind) -> None:
    """Where the key cannot be asked for, the verdict stands and the cause is told."""
    newer = key_of(ring.signing_key().algorithm, seed=77)
    other = OfflineWorld(
        replace(ring, keys=(replace(ring.keys[0], key=newer), *ring.keys[1:]))
    )
    with kind(stage.profile) as verifier:
        stage.fake.refuse(refusal(CODE.INTERNAL, "InternalFailure"))
        assert "unknown_key" == verifier.verdict(other.token())
        assert isinstance(verifier.verifier.status().last_error, UnavailableError)
        assert "good" == verifier.verdict(stage.world.token())
        stage.end()


@BOTH
def test_key_set_is_followed(stage: Stage, ring: Ring, kind: Kind) -> None:
    """A key that is no longer published vouches no more, without a question."""
    token = stage.world.token()
    with kind(stage.profile) as verifier:
        assert "good" == verifier.verdict(token)
        rest = [key for key in jwk_messages(ring) if key.alg != "EdDSA"]
        stage.fake.answer(keyring.GetKeySetResponse(keys=rest))
        stage.key_sets.send(keyring.WatchKeySetResponse(keys=rest, version=2))
        wait_until(lambda: verifier.verdict(token) == "unknown_key")
        stage.end()


def test_both_read_all_kinds(stage: Stage, ring: Ring) -> None:
    """Exchanged and identity tokens are read, too, and another kind is refused."""
    with Blocking(stage.profile) as held:
        verifier = held.verifier
        exchanged = verifier.verify_exchanged_token(
            encoded(ring), issuer=OUR_ISSUER, audience="images"
        )
        identity = verifier.verify_identity_token(
            identity_token(ring), issuer=ACCOUNT_ISSUER, audience=US
        )
        with pytest.raises(TokenRejectedError):
            verifier.verify_identity_token(
                encoded(ring), issuer=ACCOUNT_ISSUER, audience=US
            )
        with pytest.raises(TokenRejectedError):
            verifier.verify_exchanged_token(
                identity_token(ring), issuer=OUR_ISSUER, audience="images"
            )
        stage.end()

    assert "t" * 22 == exchanged.claims.token_id
    assert "arn:aws:iam::123456789012:role/StorefrontRole" == identity.claims.subject


async def test_awaiting_reads_all_kinds_by_url(ring: Ring) -> None:
    """A URL tells of keys, and so of identity tokens; of the rest only unsafely."""
    with KeySetServer() as server:
        server.body = json.dumps(jwks(ring)).encode()
        async with AsyncTokenVerifier(
            JwksUrl(server.url), revocation_age_max=None, clock=ManualClock()
        ) as verifier:
            found = await verifier.verify_identity_token(
                identity_token(ring), issuer=ACCOUNT_ISSUER, audience=US
            )
            with pytest.raises(CannotVouchError):
                await verifier.verify_exchanged_token(
                    encoded(ring), issuer=OUR_ISSUER, audience="images"
                )
            with pytest.raises(TokenRejectedError):
                await verifier.verify_exchanged_token(
                    encoded(ring), issuer=OUR_ISSUER, audience="others"
                )
            status = verifier.status()

    assert found.revocation_view_age is None
    assert status.revocation_view_age is None
    assert len(ring.published_keys) == len(status.key_ids)


def test_blocking_reads_by_url(ring: Ring) -> None:
    """The blocking verifier takes a URL, too."""
    with KeySetServer() as server:
        server.body = json.dumps(jwks(ring)).encode()
        with TokenVerifier(
            JwksUrl(server.url),
            revocation_age_max=None,
            unsafe_without_revocations=True,
            clock=ManualClock(),
        ) as verifier:
            token = OfflineWorld(ring).token()
            assert "alice" == verifier.verify_session_token(token).claims.session_name


@pytest.mark.parametrize("kind", [TokenVerifier, AsyncTokenVerifier])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"revocation_age_max": timedelta(0)},
        {"revocation_age_max": None, "key_set_age_max": timedelta(0)},
        {"revocation_age_max": None, "key_set_age_max": timedelta(hours=25)},
        {"revocation_age_max": None, "clock_tolerance": timedelta(minutes=2)},
    ],
    ids=str,
)
def test_bounds_make_sense(
    kind: type[TokenVerifier], options: dict[str, timedelta | None]
) -> None:
    """A URL cannot tell of revocations, and bounds are within bounds."""
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own text.
        kind(JwksUrl("https://daypass.example"), **options)  # type: ignore[arg-type]
