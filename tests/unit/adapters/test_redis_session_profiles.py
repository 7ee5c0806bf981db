"""Profiles of sessions, as a worker remembers them."""

from __future__ import annotations

from daypass.adapters.redis.placing import place_command
from daypass.adapters.redis.session_profiles import StoredProfile

PLACE = b"123456789"


def test_heads_follow_the_second() -> None:
    """Commands for indexes begin as of the second that is asked for, and no other."""
    profile = StoredProfile(b"r", b"packed", ("account", "principal"))

    for passed in (7, 7, 8, 7):
        account, principal = profile.heads(passed)
        assert place_command("account", passed, PLACE) == (*account, PLACE)
        assert place_command("principal", passed, PLACE) == (*principal, PLACE)
