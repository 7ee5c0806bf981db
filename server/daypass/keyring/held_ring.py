"""A ring as a worker holds it: opened, as it rests, and by which master key.

There may be two master keys while one follows the other, so that a ring is opened by
whichever fits, and what is made of it stays under the same one.
"""

from __future__ import annotations

from dataclasses import dataclass

from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.keyring.errors import RingCorruptError
from daypass.keyring.ring import Ring
from daypass.keyring.sealed import open_ring, seal_ring


@dataclass(frozen=True, slots=True)
class HeldRing:
    """A ring together with its sealed form.

    Attributes:
        ring: the ring.
        sealed: the same as it rests, byte by byte.
        master_key: what that is sealed under.
    """

    ring: Ring
    sealed: bytes
    master_key: Secret

    @classmethod
    def opened(cls, sealed: bytes, master_keys: tuple[Secret, ...]) -> HeldRing:
        """Opens a sealed ring by the first master key that fits.

        Args:
            sealed: the ring as it rests.
            master_keys: what it may be sealed under, at least one.

        Raises:
            RingCorruptError: none opens it.
        """
        for master_key in master_keys[:-1]:
            try:
                return cls(open_ring(sealed, master_key), sealed, master_key)
            except RingCorruptError:
                continue
        last = master_keys[-1]
        return cls(open_ring(sealed, last), sealed, last)

    @classmethod
    def made(cls, ring: Ring, master_key: Secret, entropy: Entropy) -> HeldRing:
        """Seals a ring, under a nonce of its own."""
        return cls(ring, seal_ring(ring, master_key, entropy), master_key)
