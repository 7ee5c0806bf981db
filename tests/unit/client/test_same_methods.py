"""The two clients offer the same."""

from __future__ import annotations

import inspect

import pytest

from daypass_client import AsyncDaypassClient, DaypassClient


def public_methods(client: type) -> set[str]:
    """Returns the names of a client's public methods."""
    members = inspect.getmembers(client, inspect.isfunction)
    return {name for name, _ in members if not name.startswith("_")}


def test_clients_have_the_same_methods() -> None:
    """What one client can do, the other can."""
    assert public_methods(DaypassClient) == public_methods(AsyncDaypassClient)


@pytest.mark.parametrize("name", sorted(public_methods(DaypassClient)))
def test_methods_take_the_same(name: str) -> None:
    """A method takes the same parameters in both clients."""
    blocking = inspect.signature(getattr(DaypassClient, name))
    awaiting = inspect.signature(getattr(AsyncDaypassClient, name))

    assert blocking.parameters == awaiting.parameters
