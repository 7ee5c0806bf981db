"""Making rings, and the secrets that they hold."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from daypass.core.clock import whole_second
from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.keyring.algorithm import SEEDED_ALGORITHMS, Algorithm
from daypass.keyring.key import KeyState, SigningKey
from daypass.keyring.ring import Ring, RingKey, RingSecret

# The size of derivation secrets and of sealing keys (AES-256).
_SECRET_BYTES: Final = 32
_RING_ID_BYTES: Final = 16
_KEY_ID_BYTES: Final = 8


def new_ring(
    entropy: Entropy,
    now: datetime,
    *,
    algorithms: tuple[Algorithm, ...] = SEEDED_ALGORITHMS,
) -> Ring:
    """Makes the first ring of a deployment, with one active key of each algorithm.

    Args:
        entropy: gives all of it, except for RSA keys.
        now: since when everything is active.
        algorithms: what it signs with; a deployment has all that there are.
    """
    return Ring(
        ring_id=entropy.token_bytes(_RING_ID_BYTES).hex(),
        version=1,
        keys=tuple(
            new_ring_key(algorithm, entropy, now, state=KeyState.ACTIVE)
            for algorithm in algorithms
        ),
        derivation_secrets=(new_ring_secret(entropy, now, state=KeyState.ACTIVE),),
        sealing_keys=(new_ring_secret(entropy, now, state=KeyState.ACTIVE),),
    )


def new_ring_key(
    algorithm: Algorithm, entropy: Entropy, now: datetime, *, state: KeyState
) -> RingKey:
    """Draws a signing key."""
    return RingKey(SigningKey.generate(algorithm, entropy), state, whole_second(now))


def new_ring_secret(entropy: Entropy, now: datetime, *, state: KeyState) -> RingSecret:
    """Draws a derivation secret or a sealing key, with its name."""
    key_id = entropy.token_bytes(_KEY_ID_BYTES).hex()
    secret = Secret(entropy.token_bytes(_SECRET_BYTES))
    return RingSecret(key_id, secret, state, whole_second(now))
