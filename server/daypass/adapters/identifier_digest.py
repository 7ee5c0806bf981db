"""One short name for several texts, each of which may be anything.

Every text is hashed with its length, so that no two tuples share a name and no text
of a tenant is part of one (attacks R01).
"""

from __future__ import annotations

import hashlib
from typing import Final

from daypass.core import base64url

_DIGEST_BYTES: Final = 18


def digest_of(*identifiers: str) -> str:
    """Returns the name of a tuple of texts: 24 characters of base64url."""
    named = b""
    for identifier in identifiers:
        data = identifier.encode("utf-8", "surrogatepass")
        named += len(data).to_bytes(8, "big") + data
    digest = hashlib.blake2b(named, digest_size=_DIGEST_BYTES)
    # Whole groups, which nothing has to fill up.
    return base64url.encode(digest.digest())
