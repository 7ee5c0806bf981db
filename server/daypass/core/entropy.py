"""The port that randomness comes through; `core.ports` has it with the others."""

from __future__ import annotations

from typing import Protocol


class Entropy(Protocol):
    """Randomness, injected."""

    def token_bytes(self, count: int) -> bytes:
        """Returns that many bytes from a cryptographically secure source."""
        ...

    def id_bytes(self, count: int) -> bytes:
        """Returns that many bytes of the same source, for an id that is no secret.

        They may have been drawn before they are asked for (decision 0067); a key, a
        nonce or a salt is made of `token_bytes`.
        """
        ...
