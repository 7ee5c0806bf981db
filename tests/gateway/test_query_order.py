"""What a signature does not cover of a query decides nothing.

SPEC: sts-operations 3.1 and 3.4 step 8; attacks V08.
"""

from __future__ import annotations

import pytest

from support.http_client import Keys, ask, presigned, signed_body
from support.http_organisation import DEV
from support.http_world import HttpWorld

TARGET = "/?Action=GetFederationToken&Name=alice&Name=mallory&Version=2011-06-15"
TURNED = TARGET.replace("alice&Name=mallory", "mallory&Name=alice")


@pytest.mark.parametrize("target", [TARGET, TURNED])
def test_v08_repeated_in_query(world: HttpWorld, target: str) -> None:
    """V08: signatures sort the query: one is good for both orders, and so for none."""
    call = signed_body(world, Keys.of(world, DEV), b"", target=TARGET)

    answer = ask(world, call.but(target=target))

    assert (400, "MalformedInput") == answer.refusal


def test_v08_once_in_query(world: HttpWorld) -> None:
    """V08: a parameter that stands once is taken, unknown ones included."""
    once = (("Action", "GetCallerIdentity"), ("Unknown", "x"))

    assert 200 == ask(world, presigned(world, Keys.of(world, DEV), once)).status
