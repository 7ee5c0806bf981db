"""The key set is for anyone, and holds nothing that signs."""

from __future__ import annotations

from datetime import timedelta

from daypass.keyring.algorithm import Algorithm
from daypass.sts.key_set import GetKeySet
from support.sts_world import StsWorld


def test_key_set_is_public(world: StsWorld) -> None:
    """The published keys are told, with how long they may be kept, and no secret."""
    answer = GetKeySet(ring=world.ring).answer()

    signing = {world.ring.value.signing_key(algorithm).kid for algorithm in Algorithm}
    assert signing <= {key["kid"] for key in answer.keys}
    assert not [key for key in answer.keys if "d" in key]
    assert timedelta(0) < answer.max_age <= timedelta(minutes=5)
