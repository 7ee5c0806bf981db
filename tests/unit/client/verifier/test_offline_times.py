"""When a token is good: its times, the tolerance, and what is remembered.

Source: the project's attack catalogue, section J, by its numbers.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.session import SessionKind
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass_client.verifier.memory import Memory
from support.forge import claims_of, forge, header_of
from support.offline import OfflineWorld
from support.world import START

SECOND = timedelta(seconds=1)
MOMENT = timedelta(microseconds=1)
LEEWAY = timedelta(seconds=5)
LIFETIMES = {
    SessionKind.ROLE: timedelta(hours=12),
    SessionKind.USER: timedelta(hours=36),
    SessionKind.FEDERATED_USER: timedelta(hours=36),
    SessionKind.ROOT_TASK: timedelta(minutes=15),
    SessionKind.DELEGATED: timedelta(hours=12),
}


@pytest.mark.parametrize("seen", [False, True])
def test_j23_j24_j25_end(world: OfflineWorld, *, seen: bool) -> None:
    """A token is good until its end, and not at it, seen before or not."""
    end = START + timedelta(seconds=8)
    token = world.token(expire_time=end)
    if seen:
        world.verify(token)

    world.clock.advance(timedelta(seconds=8) - MOMENT)
    assert "good" == world.verdict(token)
    world.clock.advance(MOMENT)
    assert "expired" == world.refused(token)


def test_j24_tolerance_is_never_added_to_the_end(ring: Ring) -> None:
    """The widest tolerance does not lengthen a session."""
    world = OfflineWorld(ring, tolerance=timedelta(seconds=60))
    token = world.token(expire_time=START + SECOND)

    world.clock.advance(SECOND)
    assert "expired" == world.refused(token)


@pytest.mark.parametrize("tolerance", [timedelta(0), LEEWAY, timedelta(seconds=60)])
def test_j23_issue_in_the_future(ring: Ring, tolerance: timedelta) -> None:
    """A token may be issued as much later as is tolerated, and no second more."""
    world = OfflineWorld(ring, tolerance=tolerance)

    token = world.token(issue_time=START + tolerance + SECOND)
    assert "not_yet_valid" == world.refused(token)
    assert "good" == world.verdict(world.token(issue_time=START + tolerance))
    world.clock.advance(SECOND)
    assert "good" == world.verdict(token)


@pytest.mark.parametrize("tolerance", [-MOMENT, timedelta(seconds=60) + MOMENT])
def test_tolerance_is_bounded(ring: Ring, tolerance: timedelta) -> None:
    """A tolerance is 0 to 60 seconds."""
    with pytest.raises(ValueError, match="tolerance"):
        OfflineWorld(ring, tolerance=tolerance)


@pytest.mark.parametrize("kind", SessionKind)
def test_j23_lifetime_of_each_kind(world: OfflineWorld, kind: SessionKind) -> None:
    """No session of a kind lasts a second longer than servers issue them."""
    end = START + LIFETIMES[kind]

    assert "good" == world.verdict(world.token(kind=kind, expire_time=end))
    longer = world.token(kind=kind, expire_time=end + SECOND)
    assert "untrusted" == world.refused(longer)


@pytest.mark.parametrize("lifetime", [0, -1])
def test_j23_no_lifetime(world: OfflineWorld, key: SigningKey, lifetime: int) -> None:
    """A token that ends before it begins is refused."""
    claims = claims_of(world.token())
    issued = claims["iat"]
    assert isinstance(issued, int)
    claims["exp"] = issued + lifetime

    assert "untrusted" == world.refused(forge(header_of(key), claims, key))


def test_j53_expired_and_wrongly_signed(world: OfflineWorld) -> None:
    """A wrong signature is a wrong signature, however old the token is."""
    token = world.token(expire_time=START + SECOND)
    world.clock.advance(timedelta(minutes=1))
    other = world.token(expire_time=START + timedelta(hours=2)).rpartition(".")[2]

    assert "untrusted" == world.refused(f"{token.rpartition('.')[0]}.{other}")


def test_j54_other_signature_after_a_good_one(world: OfflineWorld) -> None:
    """What is remembered is a token with every byte of it."""
    token, other = world.token(), world.token(session_name="mallory")
    world.verify(token)
    world.verify(other)

    forged = f"{token.rpartition('.')[0]}.{other.rpartition('.')[2]}"
    assert "untrusted" == world.refused(forged)
    assert "good" == world.verdict(token)


def test_refused_tokens_are_not_remembered(world: OfflineWorld) -> None:
    """A token that was refused is looked at anew."""
    token = world.token(issue_time=START + timedelta(minutes=1))
    assert "not_yet_valid" == world.refused(token)
    assert "not_yet_valid" == world.refused(token)


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_memory_is_bounded(size: int) -> None:
    """A memory holds no more than its size, and what was used last."""
    memory: Memory[int] = Memory(size)
    digests = [number.to_bytes(4) for number in range(100)]
    for number, digest in enumerate(digests):
        memory.put(digest, number)
        assert len(memory) <= max(2, size)

    assert 99 == memory.get(digests[99])
    assert memory.get(digests[0]) is None


def test_memory_keeps_what_is_used() -> None:
    """What is asked for between others stays; what is not goes."""
    memory: Memory[str] = Memory(4)
    memory.put(b"used", "used")
    memory.put(b"idle", "idle")
    for number in range(50):
        memory.put(number.to_bytes(4), "other")
        assert "used" == memory.get(b"used")

    assert memory.get(b"idle") is None


def test_many_tokens_pass(world: OfflineWorld) -> None:
    """More tokens than are remembered are all good, each time."""
    tokens = [world.token(session_name=f"name-{number}") for number in range(20)]

    for token in tokens * 2:
        assert "good" == world.verdict(token)


def test_rsa_is_read_like_the_rest(world: OfflineWorld) -> None:
    """A token of the slowest algorithm is remembered, too."""
    token = world.token(algorithm=Algorithm.RS256)

    assert world.verify(token) is world.verify(token)
