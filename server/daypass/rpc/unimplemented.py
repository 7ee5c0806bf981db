"""The one list of methods that the API declares and this release does not answer.

They are refused with UNIMPLEMENTED, after authentication where they need it, so
that clients can tell a missing feature from a missing permission.
"""

from __future__ import annotations

from typing import Final

UNIMPLEMENTED: Final[frozenset[str]] = frozenset()
