"""The table of operations, and which entry a request finds."""

from __future__ import annotations

import pytest

from daypass.core.errors import InvalidActionError
from daypass.gateway.errors import MissingActionError
from daypass.gateway.operations import find_operation
from daypass.gateway.parameters import Parameters
from daypass.rpc.methods import STS
from daypass.rpc.unimplemented import UNIMPLEMENTED
from daypass.sts.access_rules import STS_ACCESS
from support.http_world import OPERATIONS

VERSION = ("Version", "2011-06-15")


def _parameters(*pairs: tuple[str, str]) -> Parameters:
    return Parameters.read((), pairs)


def test_every_built_operation_has_an_entry() -> None:
    """The doors offer the same operations: what gRPC has built, this one has, too."""
    built = {name for name in STS_ACCESS if f"{STS}{name}" not in UNIMPLEMENTED}

    assert built == OPERATIONS.keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_operation_is_found(name: str) -> None:
    """An operation is found by its name in the one version."""
    found = find_operation(_parameters(("Action", name), VERSION), OPERATIONS)

    assert (name, OPERATIONS[name]) == found


@pytest.mark.parametrize("pairs", [(), (("Action", ""),), (VERSION,)])
def test_action_missing(pairs: tuple[tuple[str, str], ...]) -> None:
    """A request that names no operation is told so."""
    with pytest.raises(MissingActionError):
        find_operation(_parameters(*pairs), OPERATIONS)


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        (
            [("Action", "Nope"), VERSION],
            "Could not find operation Nope for version 2011-06-15",
        ),
        (
            [("Action", "getcalleridentity"), VERSION],
            "Could not find operation getcalleridentity for version 2011-06-15",
        ),
        (
            [("Action", "GetCallerIdentity"), ("Version", "2010-01-01")],
            "Could not find operation GetCallerIdentity for version 2010-01-01",
        ),
        (
            [("Action", "GetCallerIdentity")],
            "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED",
        ),
    ],
)
def test_detail_51_unknown_action(pairs: list[tuple[str, str]], text: str) -> None:
    """An operation or version that there is not is named in the refusal."""
    with pytest.raises(InvalidActionError) as caught:
        find_operation(_parameters(*pairs), OPERATIONS)
    assert text == caught.value.message
