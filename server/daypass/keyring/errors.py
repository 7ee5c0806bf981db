"""What may be wrong with keys, signatures and rings.

None of these crosses a door: whoever asked turns them into an error of
`core.errors`, or refuses to start.
"""

from __future__ import annotations

from datetime import datetime


class InvalidKeyError(ValueError):
    """Bytes are not a key that is safe to trust."""


class WrongSignatureError(Exception):
    """The signature is not one that this key made of this message."""


class InvalidRingError(ValueError):
    """Keys and secrets do not make up a ring that can be used."""


class RingCorruptError(Exception):
    """A sealed ring is malformed, was tampered with, or has another master key.

    Which of the three it is cannot be told apart, and is not said.
    """


class RingRollbackError(Exception):
    """A ring is older than one that has been seen, or is another ring."""


class RingChangeError(ValueError):
    """A ring cannot be changed so; the text says why, for an operator."""


class RingLeadError(RingChangeError):
    """A key was not published for long enough to be activated.

    Attributes:
        ready_time: from when on it may be.
    """

    def __init__(self, reason: str, *, ready_time: datetime) -> None:
        super().__init__(reason)
        self.ready_time = ready_time
