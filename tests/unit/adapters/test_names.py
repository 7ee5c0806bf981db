"""Looking up hosts: shared, bounded, and never stuck behind one another."""

from __future__ import annotations

import asyncio
import threading
from ipaddress import ip_address

import pytest

from daypass.adapters.names import Endpoint, PinnedResolver, SystemResolver
from daypass.core import provider_limits as limits


class SlowLookup:
    """A look-up in threads that lasts until a test ends it."""

    def __init__(self) -> None:
        self.hosts: list[str] = []
        self.release = threading.Event()

    def __call__(self, host: str, port: int) -> tuple[Endpoint, ...]:
        """Notes the host and waits."""
        self.hosts.append(host)
        self.release.wait(timeout=10)
        if host == "missing":
            message = "no such host"
            raise OSError(message)
        return (Endpoint(ip_address("192.0.2.1"), port),)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_address_is_its_own_host(host: str) -> None:
    """The system's resolver takes an address as it is, and asks nobody."""
    found = await SystemResolver().resolve(host, 443)

    assert {Endpoint(ip_address(host), 443)} == set(found)


async def test_loopback_has_a_name() -> None:
    """The system's resolver finds the name of this machine."""
    found = await SystemResolver().resolve("localhost", 8443)

    assert found
    assert all(each.address.is_loopback and 8443 == each.port for each in found)


async def test_host_that_is_not_there() -> None:
    """A host that cannot be found is an error of the system."""
    slow = SlowLookup()
    slow.release.set()

    with pytest.raises(OSError, match="no such host"):
        await SystemResolver(look_up=slow).resolve("missing", 443)


async def test_one_lookup_for_a_host() -> None:
    """All who ask for a host at once share one look-up."""
    slow = SlowLookup()
    resolver = SystemResolver(look_up=slow)
    asked = [asyncio.ensure_future(resolver.resolve("a", 443)) for _ in range(5)]
    await asyncio.sleep(0)

    slow.release.set()

    assert 1 == len(set(await asyncio.gather(*asked)))
    assert ["a"] == slow.hosts


async def test_abandoned_lookup_is_shared_on() -> None:
    """Who stops waiting does not begin a second look-up by coming back."""
    slow = SlowLookup()
    resolver = SystemResolver(look_up=slow)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(resolver.resolve("missing", 443), 0.01)
    again = asyncio.ensure_future(resolver.resolve("missing", 443))
    await asyncio.sleep(0)

    slow.release.set()

    with pytest.raises(OSError, match="no such host"):
        await again
    assert ["missing"] == slow.hosts


async def test_slow_hosts_are_bounded() -> None:
    """Past the bound a look-up fails at once, and works when there is room again."""
    slow = SlowLookup()
    resolver = SystemResolver(look_up=slow)
    asked = [
        asyncio.ensure_future(resolver.resolve(f"h{n}", 443))
        for n in range(limits.NAME_LOOKUPS_MAX)
    ]
    await asyncio.sleep(0)

    with pytest.raises(OSError, match="too many"):
        await resolver.resolve("late", 443)

    slow.release.set()
    await asyncio.gather(*asked)
    assert await resolver.resolve("late", 443)


async def test_pinned_host() -> None:
    """A pinned host is where it was pinned to, and others are asked for."""
    pin = Endpoint(ip_address("192.0.2.7"), 4443)
    resolver = PinnedResolver(pins={"idp.example": pin}, otherwise=SystemResolver())

    assert (pin,) == await resolver.resolve("idp.example", 443)
    assert Endpoint(ip_address("127.0.0.1"), 1) in await resolver.resolve(
        "127.0.0.1", 1
    )


async def test_closed_resolver() -> None:
    """A resolver that was closed begins no look-up any more."""
    resolver = SystemResolver()

    resolver.close()

    with pytest.raises(RuntimeError):
        await resolver.resolve("127.0.0.1", 443)
