"""The ids of calls."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from daypass.core.request_ids import new_request_id


@dataclass(frozen=True)
class Fixed:
    """Randomness that is always the same."""

    drawn: bytes

    def token_bytes(self, count: int) -> bytes:
        """Returns as many bytes as there are."""
        assert len(self.drawn) == count
        return self.drawn

    id_bytes = token_bytes


@given(st.binary(min_size=16, max_size=16))
def test_id_is_a_uuid(drawn: bytes) -> None:
    """The text is that of the standard library for a UUID of version 4."""
    assert str(uuid.UUID(bytes=drawn, version=4)) == new_request_id(Fixed(drawn))
