"""What blocks and what awaits offer the same, and all that the server does."""

from __future__ import annotations

import inspect
import re

import pytest

from daypass_client import (
    AsyncDaypassClient,
    AsyncRefreshingCredentials,
    DaypassClient,
    RefreshingCredentials,
)
from daypass_client._stubs.daypass.api.access.v1 import access_service_pb2 as access
from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens

PAIRS = (
    (DaypassClient, AsyncDaypassClient),
    (RefreshingCredentials, AsyncRefreshingCredentials),
)

# What the clients have no method for.
WITHOUT_METHOD: set[str] = set()


def public_methods(client: type) -> set[str]:
    """Returns the names of a client's public methods."""
    members = inspect.getmembers(client, inspect.isfunction)
    return {name for name, _ in members if not name.startswith("_")}


@pytest.mark.parametrize(("blocking", "awaiting"), PAIRS)
def test_both_have_the_same_methods(blocking: type, awaiting: type) -> None:
    """What one of a pair can do, the other can."""
    assert public_methods(blocking) == public_methods(awaiting)


@pytest.mark.parametrize(
    ("blocking", "awaiting", "name"),
    [(*pair, name) for pair in PAIRS for name in sorted(public_methods(pair[0]))],
)
def test_methods_take_the_same(blocking: type, awaiting: type, name: str) -> None:
    """A method takes the same parameters in both."""
    one = inspect.signature(getattr(blocking, name))
    other = inspect.signature(getattr(awaiting, name))

    assert one.parameters == other.parameters


def test_every_operation_has_a_method() -> None:
    """What the server offers, the clients offer by that name, but for what is named."""
    services = [sts, tokens, access, sessions, keyring]
    offered = {
        re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method.name).lower()
        for module in services
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }

    assert offered - public_methods(DaypassClient) == WITHOUT_METHOD
