"""The scheme of a store URL."""

from __future__ import annotations

import pytest

from daypass.core.store_urls import scheme_of


@pytest.mark.parametrize(
    ("url", "scheme"),
    [
        ("", ""),
        ("memory://", "memory"),
        ("MEMORY://?journal=/a:b", "memory"),
        ("rediss+sentinel://one,[::1]:5/main", "rediss+sentinel"),
    ],
)
def test_scheme_is_told(url: str, scheme: str) -> None:
    """It is what stands before the first colon, whatever follows."""
    assert scheme_of(url) == scheme
