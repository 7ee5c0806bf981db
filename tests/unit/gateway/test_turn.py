"""A body is taken whole, within its time, or not at all."""

from __future__ import annotations

import asyncio

from daypass.gateway.exchange import CLIENT_LEFT, TIMED_OUT, Received
from daypass.gateway.turn import Turn

HOUR = 3600.0
MOMENT = 0.005


def turn(wanted: list[Turn] | None = None, *, awaits_continue: bool = False) -> Turn:
    """Returns a request whose body has not come."""
    return Turn(
        Received("POST", "/", b"", (), None, secure=False),
        keep_alive=True,
        awaits_continue=awaits_continue,
        on_wanted=([] if wanted is None else wanted).append,
    )


async def test_too_slow() -> None:
    """A body that does not end in its time is answered as such."""
    asked = turn()
    asked.add(b"a")

    assert TIMED_OUT is await asked.body(MOMENT)


async def test_client_left() -> None:
    """A client that leaves before its body was read has sent none."""
    early, whole, late = turn(), turn(), turn()
    early.leave()
    whole.end()
    whole.leave()
    reading = asyncio.ensure_future(late.body(HOUR))
    await asyncio.sleep(0)
    late.leave()

    for each in (early.body(HOUR), whole.body(HOUR), reading):
        assert CLIENT_LEFT is await each


async def test_parts_are_joined() -> None:
    """A body is all of its parts, also those that come while it is read."""
    asked = turn()
    asked.add(b"a")
    reading = asyncio.ensure_future(asked.body(HOUR))
    await asyncio.sleep(0)
    asked.add(b"b")
    asked.end()

    assert b"ab" == await reading


async def test_whole_body_needs_no_time() -> None:
    """What has come already is taken, however little time there is."""
    asked = turn()
    asked.add(b"ab")
    asked.end()

    assert b"ab" == await asked.body(0.0)


async def test_leaving_after_the_end() -> None:
    """A client that leaves while its whole body is being handed over left it."""
    asked = turn()
    reading = asyncio.ensure_future(asked.body(HOUR))
    await asyncio.sleep(0)
    asked.end()
    asked.leave()

    assert CLIENT_LEFT is await reading


async def test_reading_is_told() -> None:
    """Whoever holds the connection learns that a body is wanted that is not whole."""
    wanted: list[Turn] = []
    late, whole = turn(wanted), turn(wanted)
    whole.end()

    reading = asyncio.ensure_future(late.body(HOUR))
    await asyncio.sleep(0)
    await whole.body(HOUR)

    assert [late] == wanted
    assert late.wanted
    late.end()
    assert b"" == await reading


async def test_who_waits_to_be_asked_is_asked() -> None:
    """A client that waits to be asked is asked also for a body that has come."""
    wanted: list[Turn] = []
    asked = turn(wanted, awaits_continue=True)
    asked.end()

    await asked.body(HOUR)

    assert [asked] == wanted
