"""Why a document of an identity provider is of no use, before it is said to anybody."""

from __future__ import annotations


class DocumentRefusedError(Exception):
    """A key set, a discovery document or a URL is not what it must be.

    Never crosses a door.

    Attributes:
        reason: a stable reason for logs; nothing of the document is in it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
