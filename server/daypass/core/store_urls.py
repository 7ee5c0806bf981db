"""What tells the kinds of store apart: the scheme of its URL."""

from __future__ import annotations

from typing import Final

MEMORY: Final = "memory"


def scheme_of(url: str) -> str:
    """Returns the scheme of a URL, in lower case.

    NOTE: `urlsplit` is not asked, which takes a URL for malformed that names several
    hosts with an address of IPv6 among them.
    """
    return url.partition(":")[0].lower()
