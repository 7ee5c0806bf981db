"""Why a token is refused, inside the verifier."""

from __future__ import annotations


class RefusedError(Exception):
    """A token is not good.

    Attributes:
        reason: what `TokenRejectedError.reason` will be.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def malformed() -> RefusedError:
    """Returns the refusal of what is not a token in form."""
    return RefusedError("malformed")


def untrusted() -> RefusedError:
    """Returns the refusal of what no key vouches for, or what no server writes."""
    return RefusedError("untrusted")
