"""A token that was read before, and what was found of it since."""

from __future__ import annotations

from typing import final

from daypass.core.session import Session


@final
class KnownToken:
    """A token that a key of the ring has signed.

    Attributes:
        session: what it says.
        kid: the key.
        ring_id: the deployment.
        ring_mark: names the state of the ring in which the key was last found live.
        found: what whoever judged it keeps by it; None for nothing.
    """

    __slots__ = ("found", "kid", "ring_id", "ring_mark", "session")

    def __init__(
        self, session: Session, *, kid: str, ring_id: str, ring_mark: object
    ) -> None:
        self.session = session
        self.kid = kid
        self.ring_id = ring_id
        self.ring_mark = ring_mark
        self.found: object = None
