"""Large bodies have bounded room together, and keep no small ones out.

SPEC: attacks V30.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daypass.core import http_limits
from daypass.gateway.large_bodies import LargeBodies
from support.http_client import (
    HttpCall,
    Keys,
    ask,
    connection,
    get,
    read_answers,
    signed,
)
from support.http_organisation import DEV
from support.http_world import DoorOptions, HttpWorld, wait_until

IDENTITY = {"Action": "GetCallerIdentity"}
LARGE = http_limits.SMALL_BODY_BYTES_MAX + 1


@pytest.fixture
def narrow() -> Iterator[HttpWorld]:
    """Yields a door that has room for one large body."""
    with HttpWorld(DoorOptions(bodies=LargeBodies(bytes_max=LARGE))) as found:
        yield found


def _call(world: HttpWorld, size: int) -> HttpCall:
    """Returns a signed call whose body has this size."""
    keys = Keys.of(world, DEV)
    bare = signed(world, keys, {**IDENTITY, "Filler": ""})
    return signed(world, keys, {**IDENTITY, "Filler": "x" * (size - len(bare.body))})


def test_v30_room_for_large_bodies(narrow: HttpWorld) -> None:
    """V30: a large body that finds no room is refused before any of it is read."""
    link = connection(narrow)
    link.sendall(_call(narrow, LARGE).but(body=b"").raw())
    wait_until(lambda: len(narrow.requests.started) == 1)

    refused = ask(narrow, _call(narrow, LARGE))
    small = ask(narrow, _call(narrow, http_limits.SMALL_BODY_BYTES_MAX))

    assert (503, "close", "1", b"") == (
        refused.status,
        refused.headers["connection"],
        refused.headers["retry-after"],
        refused.body,
    )
    assert 200 == small.status
    link.close()
    wait_until(lambda: len(narrow.requests.finished) == len(narrow.requests.started))
    assert 200 == ask(narrow, _call(narrow, LARGE)).status


def test_v30_room_is_for_the_next(narrow: HttpWorld) -> None:
    """V30: a large body that was answered leaves its room, on one connection too."""
    with connection(narrow) as link:
        for _ in range(3):
            link.sendall(_call(narrow, LARGE).raw())
            assert [200] == [answer.status for answer in read_answers(link, 1)]

    assert 200 == ask(narrow, get(narrow, "/healthz")).status


def test_v30_one_byte_beyond(narrow: HttpWorld) -> None:
    """V30: a body that is larger than all the room there is never finds any."""
    assert 503 == ask(narrow, _call(narrow, LARGE + 1)).status
