"""Why a token was refused, before it is said to anybody."""

from __future__ import annotations


class TokenRefusedError(Exception):
    """A token is not one that we made, or is not in the form that we make.

    Never crosses a door: each kind of token has an error of its own there.

    Attributes:
        reason: a stable reason for logs; nothing of the token is in it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
