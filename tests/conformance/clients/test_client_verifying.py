"""What each client's offline verifier takes and refuses; see PROTOCOL.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest

from daypass.core.exchanged_token import TokenUse
from daypass.core.revocation import Epoch
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.ring import Ring
from daypass_client import DaypassClient, RoleRequest
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client.errors import TokenRejectedError
from support.conformance_program import Program, ProgramError, keys_members
from support.exchanged import OUR_ISSUER, encoded
from support.fake_daypass import FakeDaypass, credentials_of
from support.forge import b64, claims_of, forge, header_of
from support.mutated_tokens import AUDIENCE, mutated_tokens
from support.offline import ACCOUNT_ISSUER, LOG, US, OfflineWorld, identity_token
from support.rings import full_ring, key_of
from support.running import DaypassServer
from support.verifier_stage import Feed, Stage, news
from support.world import START, SeededEntropy

PATIENCE = 30.0
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def ring() -> Ring:
    """Returns a ring with an active key of each algorithm."""
    return full_ring(SeededEntropy(), START)


class Verifying:
    """A verifier of a client that follows a scripted server."""

    def __init__(self, program: Program, fake: FakeDaypass, ring: Ring) -> None:
        self.program = program
        self.stage = Stage(fake, ring, credentials_of(1))
        self.stage.begin()
        self.world: OfflineWorld = self.stage.world
        self.set_clock(timedelta(0))
        keys = keys_members(credentials_of(1))
        program.do("open", client="v", endpoint=fake.endpoint, credentials=keys)
        program.do(
            "follow",
            verifier="v",
            client="v",
            clock="v",
            revocation_age_max_ms=60_000,
        )

    def set_clock(self, span: timedelta) -> None:
        """Sets the clock to a time after the start."""
        self.program.do("clock", clock="v", time=(START + span).isoformat())

    def verdict(self, token: str, kind: str = "session", **parties: str) -> str:
        """Returns what is said of a token."""
        try:
            found = self.program.do(
                "verify", verifier="v", kind=kind, token=token, **parties
            )
        except ProgramError as error:
            return error.reason
        assert isinstance(found["age_ms"], int)
        return "good"

    def waits_for(self, told: Callable[[], bool]) -> None:
        """Waits until something is so, or fails after a generous while."""
        end = monotonic() + PATIENCE
        while not told():
            assert monotonic() < end, "it did not come about"
            sleep(0.01)

    def close(self) -> None:
        """Ends the streams, and closes what is open."""
        self.program.do("close", verifier="v")
        self.program.do("close", client="v")
        self.stage.end()


@pytest.fixture
def verifying(program: Program, fake: FakeDaypass, ring: Ring) -> Iterator[Verifying]:
    """Yields a verifier that follows a scripted server."""
    verifying = Verifying(program, fake, ring)
    yield verifying
    verifying.close()


@pytest.mark.parametrize("algorithm", Algorithm)
def test_good_tokens_of_each_algorithm(
    verifying: Verifying, algorithm: Algorithm
) -> None:
    """A token of each algorithm is good, and no call is made for it."""
    token = verifying.world.token(algorithm=algorithm)
    calls = len(verifying.stage.fake.calls)

    assert "good" == verifying.verdict(token)
    assert "good" == verifying.verdict(token)
    assert calls <= len(verifying.stage.fake.calls) <= calls + 1


def test_expired(verifying: Verifying) -> None:
    """A token is good until its end, and not at it."""
    token = verifying.world.token()

    verifying.set_clock(HOUR - timedelta(seconds=1))
    assert "good" == verifying.verdict(token)
    verifying.set_clock(HOUR)
    assert "expired" == verifying.verdict(token)


def test_issued_in_the_future(verifying: Verifying) -> None:
    """A server's clock may be five seconds ahead, and no more."""
    five, six = (
        verifying.world.token(issue_time=START + timedelta(seconds=seconds))
        for seconds in (5, 6)
    )

    assert ["good", "not_yet_valid"] == [
        verifying.verdict(five),
        verifying.verdict(six),
    ]


def test_revoked(verifying: Verifying) -> None:
    """A token that was good is refused when its revocation has come."""
    token = verifying.world.token()
    assert "good" == verifying.verdict(token)

    verifying.stage.revocations.send(news(8, "ASIA" + "Q" * 16))

    verifying.waits_for(lambda: verifying.verdict(token) == "revoked")


@pytest.mark.parametrize("kind", ["session", "exchanged"])
def test_account_that_it_came_of_is_revoked(
    verifying: Verifying, ring: Ring, kind: str
) -> None:
    """A token ends with the account of the key that began it, in whichever it is."""
    other, parties = "999999999999", {}
    if kind == "session":
        token = verifying.world.token(ancestor_principals=(other,))
    else:
        token = encoded(ring, principals=(other,), epoch=Epoch(LOG, 7))
        parties = {"issuer": OUR_ISSUER, "audience": AUDIENCE}
    assert "good" == verifying.verdict(token, kind, **parties)

    account = sessions.Revocation.SCOPE_ACCOUNT
    verifying.stage.revocations.send(news(8, other, scope=account))

    verifying.waits_for(lambda: verifying.verdict(token, kind, **parties) == "revoked")


def test_of_another_log(verifying: Verifying) -> None:
    """What was issued under another log of revocations is refused."""
    token = verifying.world.token(epoch=Epoch("log-0", 1))

    assert "revoked" == verifying.verdict(token)


def test_from_ahead(verifying: Verifying) -> None:
    """Of a token that is younger than what is known nothing is said."""
    token = verifying.world.token(epoch=Epoch(LOG, 8))

    assert "revocations_behind" == verifying.verdict(token)


def test_tampered(verifying: Verifying) -> None:
    """Each part of a token is what was signed, seen before or not."""
    token = verifying.world.token()
    assert "good" == verifying.verdict(token)
    header, payload, signature = token.split(".")
    claims = json.dumps({**claims_of(token), "acct": "999999999999"})

    assert "untrusted" == verifying.verdict(f"{header}.{b64(claims)}.{signature}")
    other = verifying.world.token(session_name="other").rpartition(".")[2]
    assert "untrusted" == verifying.verdict(f"{header}.{payload}.{other}")
    assert "malformed" == verifying.verdict(token + "=")
    assert "malformed" == verifying.verdict(f"{header}.{payload}.")


def test_wrong_key(verifying: Verifying, ring: Ring) -> None:
    """A token that another key has signed under the name of ours is refused."""
    other = key_of(Algorithm.EDDSA, seed=99)
    header = header_of(ring.signing_key())
    token = forge(header, claims_of(verifying.world.token()), other)

    assert "untrusted" == verifying.verdict(token)


@pytest.mark.parametrize("name", ["none", "HS256", "ES256", "RS256", "EdDSA "])
def test_algorithm_confusion(verifying: Verifying, ring: Ring, name: str) -> None:
    """The algorithm is that of the key."""
    signer = ring.signing_key()
    claims = claims_of(verifying.world.token())
    token = forge(header_of(signer) | {"alg": name}, claims, signer)

    assert "untrusted" == verifying.verdict(token)


@pytest.mark.parametrize("member", ["jwk", "jku", "x5c", "crit", "b64"])
def test_header_members_of_others(
    verifying: Verifying, ring: Ring, member: str
) -> None:
    """A header has three members."""
    signer = ring.signing_key()
    header = header_of(signer) | {member: ["x"]}

    token = forge(header, claims_of(verifying.world.token()), signer)
    assert "malformed" == verifying.verdict(token)


def test_unknown_kid_is_asked_for_once(verifying: Verifying, ring: Ring) -> None:
    """A key that is not known is asked for, and not again for the next token."""
    newer = key_of(Algorithm.EDDSA, seed=77)
    other = OfflineWorld(
        replace(ring, keys=(replace(ring.keys[0], key=newer), *ring.keys[1:]))
    )
    verifying.stage.fake.answer(verifying.stage.set)

    for number in range(3):
        token = other.token(session_name=f"name-{number}")
        assert "unknown_key" == verifying.verdict(token)
    assert 2 == verifying.stage.calls_of("GetKeySet")


def test_audience_and_issuer(verifying: Verifying, ring: Ring) -> None:
    """A token is for one of its audiences, and of its issuer, to the letter."""
    token, exchanged = identity_token(ring), encoded(ring)
    for audience, issuer, expected in (
        (US, ACCOUNT_ISSUER, "good"),
        (US + "/", ACCOUNT_ISSUER, "wrong_audience"),
        (US, ACCOUNT_ISSUER + "/", "wrong_issuer"),
    ):
        found = verifying.verdict(token, "identity", audience=audience, issuer=issuer)
        assert expected == found
    for audience, expected in (("images", "good"), ("image", "wrong_audience")):
        found = verifying.verdict(
            exchanged, "exchanged", audience=audience, issuer=OUR_ISSUER
        )
        assert expected == found


def test_kinds_are_told_apart(verifying: Verifying, ring: Ring) -> None:
    """No token is taken for one of another kind."""
    parties = {"issuer": OUR_ISSUER, "audience": "images"}
    tokens = {
        "session": verifying.world.token(),
        "exchanged": encoded(ring, use=TokenUse.ID),
        "identity": identity_token(ring, issuer=OUR_ISSUER, audiences=("images",)),
    }
    for kind, token in tokens.items():
        for asked in tokens:
            given: dict[str, str] = {} if asked == "session" else parties
            found = verifying.verdict(token, asked, **given)
            assert (found == "good") is (asked == kind), (kind, asked)
            assert found == "good" or found.startswith("not_a")


def test_verdicts_are_the_same(verifying: Verifying) -> None:
    """Of tokens that no server issues each client says what all others say."""
    judge, verdicts = verifying.world.judge, set()
    parties = {"issuer": OUR_ISSUER, "audience": AUDIENCE}
    for token in mutated_tokens(verifying.world, seed=4, count=400):
        given = {} if token.kind == "session" else parties
        try:
            getattr(judge, token.kind)(token.text, **given)
            expected = "good"
        except TokenRejectedError as rejection:
            expected = rejection.reason
        verdicts.add(expected)
        assert expected == verifying.verdict(token.text, token.kind, **given), token

    assert {"good", "untrusted", "malformed", "wrong_audience"} <= verdicts


def test_silence(program: Program, fake: FakeDaypass, ring: Ring) -> None:
    """Who hears nothing for longer than was asked says nothing, and says so."""
    stage = Stage(fake, ring, credentials_of(1))
    stage.begin()
    token = stage.world.token()
    program.do("clock", clock="q", time=START.isoformat())
    keys = keys_members(credentials_of(1))
    program.do("open", client="q", endpoint=fake.endpoint, credentials=keys)
    program.do(
        "follow", verifier="q", client="q", clock="q", revocation_age_max_ms=2_000
    )
    end, said = monotonic() + PATIENCE, ("", "")
    while not said[1] and monotonic() < end:
        try:
            program.do("verify", verifier="q", kind="session", token=token)
            sleep(0.05)
        except ProgramError as error:
            said = error.kind, error.reason
    again = Feed(news(7))
    stage.end()
    fake.stream_of("WatchRevocations", again)
    good: dict[str, Any] = {}
    while not good and monotonic() < end:
        try:
            good = program.do("verify", verifier="q", kind="session", token=token)
        except ProgramError:
            sleep(0.05)

    assert ("cannot_vouch", "revocations_stale") == said
    assert good["names"] == "ASIA" + "Q" * 16
    program.do("close", verifier="q")
    program.do("close", client="q")
    again.send(None)


def test_real_server(program: Program, daypass_server: DaypassServer) -> None:
    """A session of a running server is minted, verified offline, and revoked."""
    for user in ("dev", "admin", "verifier"):
        keys = daypass_server.profile(user).credentials
        assert keys is not None
        program.do(
            "open",
            client=user,
            endpoint=daypass_server.address,
            credentials=keys_members(keys),
        )
    program.do(
        "follow", verifier="real", client="verifier", revocation_age_max_ms=10_000
    )
    role = "arn:aws:iam::123456789012:role/ReadOnlyRole"
    issued = program.do(
        "call", client="dev", operation="AssumeRole", request={"role_arn": role}
    )
    line = {"verifier": "real", "kind": "session", "token": issued["session_token"]}
    with DaypassClient(daypass_server.profile("dev")) as python:
        other = python.assume_role(RoleRequest(role_arn=role)).credentials.session_token
    assert other is not None

    assert issued["access_key_id"] == program.do("verify", **line)["names"]
    assert program.do("verify", **{**line, "token": other.reveal()})["names"]
    program.do(
        "call",
        client="admin",
        operation="RevokeSessions",
        request={"access_key_id": issued["access_key_id"]},
    )
    end, said = monotonic() + PATIENCE, "good"
    while said == "good" and monotonic() < end:
        try:
            program.do("verify", **line)
        except ProgramError as error:
            said = error.reason
    assert "revoked" == said
    for name in ("dev", "admin", "verifier"):
        if name == "dev":
            program.do("close", verifier="real")
        program.do("close", client=name)
