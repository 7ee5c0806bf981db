"""A call knows which trace of its client it is part of."""

from __future__ import annotations

import pytest

from daypass.core.trace_context import TraceParent
from daypass.rpc.methods import STS
from support.door import AS_USER, Door

METHOD = f"{STS}GetCallerIdentity"
PARENT = f"00-{'0' * 31}7-{'0' * 15}9-01"
Metadata = tuple[tuple[str, str | bytes], ...]


@pytest.mark.parametrize(
    "claimed",
    [
        (),
        (("traceparent", "garbage"),),
        (("traceparent-bin", PARENT.encode()),),
    ],
    ids=["none", "garbage", "in binary"],
)
async def test_no_trace_claimed(door: Door, claimed: Metadata) -> None:
    """What is no claim, or not one, is ignored, and the call is answered."""
    await door.call(METHOD, metadata=(*AS_USER, *claimed))

    _, invocation, _ = door.handled[0]
    assert invocation.call.trace_parent is None


async def test_trace_claimed(door: Door) -> None:
    """A call with a trace context is part of that trace."""
    await door.call(METHOD, metadata=(*AS_USER, ("traceparent", PARENT)))

    _, invocation, _ = door.handled[0]
    assert TraceParent(7, 9, sampled=True) == invocation.call.trace_parent
