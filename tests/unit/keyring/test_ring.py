"""The ring answers only for what is live, and never goes back."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import InternalFailureError
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import InvalidRingError, RingRollbackError
from daypass.keyring.generate import new_ring, new_ring_key, new_ring_secret
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring, RingSecret
from support.world import START, SeededEntropy

MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE
OTHERS = [KeyState.PREPARED, KeyState.RETIRING, KeyState.RETIRED]


@pytest.fixture
def ring(entropy: SeededEntropy) -> Ring:
    """Returns a ring with one EdDSA key and one secret in each state."""
    first = new_ring(entropy, START, algorithms=(Algorithm.EDDSA,))
    keys = tuple(
        new_ring_key(Algorithm.EDDSA, entropy, START, state=state) for state in OTHERS
    )
    secrets = tuple(new_ring_secret(entropy, START, state=state) for state in OTHERS)
    sealing = tuple(new_ring_secret(entropy, START, state=state) for state in OTHERS)
    return replace(
        first,
        keys=first.keys + keys,
        derivation_secrets=first.derivation_secrets + secrets,
        sealing_keys=first.sealing_keys + sealing,
    )


def _kid(ring: Ring, state: KeyState) -> str:
    return next(entry.key.kid for entry in ring.keys if entry.state is state)


@pytest.mark.parametrize("state", [KeyState.PREPARED, KeyState.RETIRED])
def test_j56_key_that_is_not_live_does_not_verify(ring: Ring, state: KeyState) -> None:
    """A prepared and a retired key verify nothing."""
    assert ring.verifying_key(_kid(ring, state)) is None


@pytest.mark.parametrize("state", [KeyState.ACTIVE, KeyState.RETIRING])
def test_j56_live_key_verifies(ring: Ring, state: KeyState) -> None:
    """An active and a retiring key verify."""
    kid = _kid(ring, state)
    key = ring.verifying_key(kid)

    assert key is not None
    assert kid == key.kid


@pytest.mark.parametrize(
    "change",
    [str.lower, str.upper, str.title, lambda kid: kid + " ", lambda kid: kid[:-1]],
)
def test_j09_kid_matches_byte_for_byte(ring: Ring, change: type[str]) -> None:
    """A kid in another case, longer or shorter names no key."""
    kid = _kid(ring, KeyState.ACTIVE)

    assert ring.verifying_key(change(kid)) is None


@pytest.mark.parametrize(
    "kid", ["", "*", "../../dev/null", "k\r\nFLUSHALL\r\n", "' OR 1=1", "\0", "é"]
)
def test_j06_j07_strange_kid_names_no_key(ring: Ring, kid: str) -> None:
    """A kid is looked up in memory and nowhere else, whatever it looks like."""
    assert ring.verifying_key(kid) is None


def test_active_key_signs(ring: Ring) -> None:
    """The key that signs is the active one of the algorithm."""
    assert _kid(ring, KeyState.ACTIVE) == ring.signing_key(Algorithm.EDDSA).kid


def test_no_key_of_algorithm_is_our_failure(ring: Ring) -> None:
    """Asking for an algorithm that the ring lacks fails as ours."""
    with pytest.raises(InternalFailureError) as caught:
        ring.signing_key(Algorithm.ES256)

    assert caught.value.detail == "ring_has_no_signing_key"


def test_all_but_retired_keys_are_published(ring: Ring) -> None:
    """Verifiers learn of a key before it signs, and until it is retired."""
    published = {key.kid for key in ring.published_keys}

    states = set(KeyState) - {KeyState.RETIRED}
    assert {_kid(ring, state) for state in states} == published


@pytest.mark.parametrize("state", [KeyState.PREPARED, KeyState.RETIRED])
def test_secret_that_is_not_live_is_not_found(ring: Ring, state: KeyState) -> None:
    """Prepared and retired secrets derive and open nothing."""
    for entries, find in (
        (ring.derivation_secrets, ring.derivation_secret),
        (ring.sealing_keys, ring.sealing_key),
    ):
        key_id = next(entry.key_id for entry in entries if entry.state is state)
        assert find(key_id) is None


@pytest.mark.parametrize("state", [KeyState.ACTIVE, KeyState.RETIRING])
def test_live_secret_is_found(ring: Ring, state: KeyState) -> None:
    """Active and retiring secrets are found by name."""
    for entries, find in (
        (ring.derivation_secrets, ring.derivation_secret),
        (ring.sealing_keys, ring.sealing_key),
    ):
        entry = next(entry for entry in entries if entry.state is state)
        assert entry == find(entry.key_id)


def test_purposes_are_separate(ring: Ring) -> None:
    """A sealing key is no derivation secret, nor the other way round."""
    assert ring.derivation_secret(ring.current_sealing.key_id) is None
    assert ring.sealing_key(ring.current_derivation.key_id) is None


def test_current_secrets_are_active(ring: Ring) -> None:
    """What is issued now is made with the active secrets."""
    assert KeyState.ACTIVE is ring.current_derivation.state
    assert KeyState.ACTIVE is ring.current_sealing.state


def test_secrets_do_not_print(ring: Ring) -> None:
    """The text form of a ring holds no secret and no private key."""
    text = repr(ring)

    for secret in (
        ring.current_derivation.secret,
        ring.current_sealing.secret,
        ring.signing_key().private,
    ):
        assert repr(secret.reveal())[2:-1] not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"ring_id": ""},
        {"ring_id": "r" * 65},
        {"ring_id": "ring\n"},
        {"ring_id": "\u00e4"},
        {"version": 0},
        {"keys": ()},
        {"derivation_secrets": ()},
        {"sealing_keys": ()},
    ],
    ids=str,
)
def test_incomplete_ring_refused(ring: Ring, changes: dict[str, object]) -> None:
    """A ring has a name, a version, and one active thing of each purpose."""
    with pytest.raises(InvalidRingError):
        replace(ring, **changes)  # type: ignore[arg-type]


def test_repeated_kid_refused(ring: Ring) -> None:
    """A key stands in a ring once."""
    with pytest.raises(InvalidRingError):
        replace(ring, keys=(*ring.keys, replace(ring.keys[0], state=KeyState.RETIRED)))


def test_two_active_keys_of_one_algorithm_refused(
    ring: Ring, entropy: SeededEntropy
) -> None:
    """Which key signs is never a matter of order."""
    another = new_ring_key(Algorithm.EDDSA, entropy, START, state=KeyState.ACTIVE)

    with pytest.raises(InvalidRingError):
        replace(ring, keys=(*ring.keys, another))


def test_two_active_secrets_refused(ring: Ring, entropy: SeededEntropy) -> None:
    """One derivation secret is active, not two."""
    another = new_ring_secret(entropy, START, state=KeyState.ACTIVE)

    with pytest.raises(InvalidRingError):
        replace(ring, derivation_secrets=(*ring.derivation_secrets, another))


def test_repeated_secret_name_refused(ring: Ring) -> None:
    """A secret's name stands once."""
    again = replace(ring.sealing_keys[0], state=KeyState.RETIRED)

    with pytest.raises(InvalidRingError):
        replace(ring, sealing_keys=(*ring.sealing_keys, again))


def test_j57_older_ring_refused(ring: Ring) -> None:
    """A ring of a lower version never replaces a later one."""
    later = replace(ring, version=ring.version + 1)

    with pytest.raises(RingRollbackError):
        ring.check_follows(later)


def test_j57_other_content_under_one_version_refused(ring: Ring) -> None:
    """Two rings of one version must be the same ring."""
    with pytest.raises(RingRollbackError):
        replace(ring, keys=ring.keys[:-1]).check_follows(ring)


def test_j57_other_deployment_refused(ring: Ring) -> None:
    """A ring of another name never replaces this one, whatever its version."""
    with pytest.raises(RingRollbackError):
        replace(ring, ring_id="other", version=99).check_follows(ring)


def test_j57_same_or_later_ring_taken(ring: Ring) -> None:
    """The same ring again, and a later version, may replace it."""
    replace(ring).check_follows(ring)
    replace(ring, version=ring.version + 1, keys=ring.keys[:-1]).check_follows(ring)


def _rotated(*ends: int, revoked: int | None = None) -> Ring:
    """Returns a ring whose secrets stopped being active at these minutes."""
    entropy = SeededEntropy(3)
    active = new_ring(entropy, START, algorithms=(Algorithm.EDDSA,))
    ended = tuple(
        new_ring_secret(entropy, START + end * MINUTE, state=KeyState.RETIRING)
        for end in ends
    )
    prepared = new_ring_secret(entropy, START, state=KeyState.PREPARED)
    retired = (
        new_ring_secret(entropy, START + end * MINUTE, state=KeyState.RETIRED)
        for end in (revoked,)
        if end is not None
    )
    return replace(
        active,
        derivation_secrets=(*active.derivation_secrets, *ended, prepared, *retired),
    )


@pytest.mark.parametrize(
    ("minute", "index"),
    [(-99, 1), (9, 1), (10, 2), (19, 2), (20, 4), (59, 4), (60, 0), (999, 0)],
)
def test_derivation_of_an_instant(minute: int, index: int) -> None:
    """A secret counts until the next became active, one that was revoked as well."""
    ring = _rotated(10, 20, revoked=60)

    found = ring.derivation_at(START + minute * MINUTE)

    assert ring.derivation_secrets[index] == found


def test_derivation_of_an_only_secret() -> None:
    """Where no secret has been active before, the active one counts at any time."""
    ring = _rotated()

    for instant in (START - HOUR, START, START + HOUR):
        assert ring.current_derivation == ring.derivation_at(instant)


@given(minute=st.integers(-60, 60), end=st.integers(-30, 30))
def test_workers_agree_on_what_was(minute: int, end: int) -> None:
    """V01: before a change a worker that knows of it and one that does not agree."""
    after = _rotated(-10, end) if end > -10 else _rotated(end, -10)
    current, *others = after.derivation_secrets
    last = max((e for e in others if e.state is KeyState.RETIRING), key=_since)
    before = replace(
        after,
        derivation_secrets=(
            replace(last, state=KeyState.ACTIVE, since=START - HOUR),
            *(each for each in others if each is not last),
            replace(current, state=KeyState.PREPARED),
        ),
    )
    instant = START + minute * MINUTE

    if instant < last.since:
        found = before.derivation_at(instant)
        assert found.secret == after.derivation_at(instant).secret


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3))
def test_mac_is_of_one_message(messages: list[bytes]) -> None:
    """A secret makes the HMAC of a message, whatever it was asked before."""
    entry = new_ring_secret(SeededEntropy(), START, state=KeyState.ACTIVE)

    for message in messages:
        expected = hmac.digest(entry.secret.reveal(), message, "sha256")
        assert expected == entry.mac(message)


def test_other_secret_makes_another_mac(ring: Ring) -> None:
    """The HMAC is made with the secret, and a copy with another has another."""
    entry = ring.current_derivation
    other = replace(entry, secret=Secret(bytes(32)))

    assert entry.mac(b"message") != other.mac(b"message")


def _since(entry: RingSecret) -> datetime:
    return entry.since
