"""An algorithm that a ring lacks comes in two steps, with a key-set age between.

SPEC: sts-operations 6.4; attacks J56.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.core.errors import InternalFailureError
from daypass.core.limits import KEY_SET_AGE_MAX
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.change import (
    activate_algorithm,
    add_algorithm,
    missing_algorithms,
)
from daypass.keyring.errors import RingChangeError
from daypass.keyring.generate import new_ring
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring, RingKey
from support.rings import key_of
from support.world import START, SeededEntropy

ES384 = Algorithm.ES384
LATER = START + KEY_SET_AGE_MAX


def _older() -> Ring:
    """Returns a ring of a release that knew two algorithms."""
    algorithms = (Algorithm.EDDSA, Algorithm.ES256)
    return new_ring(SeededEntropy(), START, algorithms=algorithms)


def _added() -> Ring:
    return add_algorithm(_older(), ES384, SeededEntropy(1), START)


def test_algorithm_that_is_there_refused() -> None:
    """What has an active key is not added again, nor what is prepared already."""
    with pytest.raises(RingChangeError, match="there is an active EdDSA key"):
        add_algorithm(_older(), Algorithm.EDDSA, SeededEntropy(1), START)
    with pytest.raises(RingChangeError, match="there is a prepared ES384 key"):
        add_algorithm(_added(), ES384, SeededEntropy(2), START)


def test_j56_added_key_is_published_and_does_nothing() -> None:
    """J56: an added key stands in the key set, and neither signs nor verifies."""
    ring = _added()
    (prepared,) = [e for e in ring.keys if e.state is KeyState.PREPARED]

    assert 2 == ring.version
    assert prepared.key.verifying_key in ring.published_keys
    assert ring.verifying_key(prepared.key.kid) is None
    with pytest.raises(InternalFailureError):
        ring.signing_key(ES384)


def test_activated_too_early_refused() -> None:
    """A key that was added less than a key-set age ago does not sign yet."""
    with pytest.raises(RingChangeError, match=r"try again in 1 s$"):
        activate_algorithm(_added(), ES384, LATER - timedelta(microseconds=1))
    with pytest.raises(RingChangeError, match=r"try again in 300 s$"):
        activate_algorithm(_added(), ES384, START)


def test_nothing_prepared_refused() -> None:
    """Without a prepared key there is nothing to activate."""
    with pytest.raises(RingChangeError, match="there is no prepared RS256 key"):
        activate_algorithm(_added(), Algorithm.RS256, LATER)


def test_second_active_key_refused() -> None:
    """A prepared key does not become active beside an active one."""
    ring = new_ring(SeededEntropy(), START)
    prepared = RingKey(key_of(ES384, 5), KeyState.PREPARED, START)
    ring = replace(ring, keys=(*ring.keys, prepared))

    with pytest.raises(RingChangeError, match="there is an active ES384 key"):
        activate_algorithm(ring, ES384, LATER)


def test_activated_key_signs() -> None:
    """After a key-set age the added key signs, under a later version."""
    added = _added()

    ring = activate_algorithm(added, ES384, LATER)

    kid = ring.signing_key(ES384).kid
    assert ring.verifying_key(kid) is not None
    assert (3, LATER) == (ring.version, ring.keys[-1].since)
    ring.check_follows(added)


def test_missing_algorithms_named() -> None:
    """What has no active key is missing, prepared or not."""
    assert (ES384, Algorithm.RS256) == missing_algorithms(_older())
    assert (ES384, Algorithm.RS256) == missing_algorithms(_added())
