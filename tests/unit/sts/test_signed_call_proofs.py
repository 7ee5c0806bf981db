"""Which proofs are of one signed call, and until when they prove anything.

SPEC: sts-operations 3.4 and 3.5; attacks V01; decision 0013.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.core.limits import SIGNATURE_SKEW_MAX
from daypass.sigv4.http_proof import read_http_proof
from daypass.sts.signed_call import SignedCall
from support.sign import Metadata, sign_grpc
from support.sts_world import BODY, CALL, METHOD, StsWorld
from unit.sts import organisation as org
from unit.sts.described import ORDERS, URL, bob

EXTRA = (("first", "1"), ("second", "2"))


def metadata(world: StsWorld) -> Metadata:
    """Returns a signed call of bob, with two entries of his own."""
    entry = world.directory.current().user_by_arn(org.BOB)
    assert entry is not None
    key = entry.access_keys[0]
    return sign_grpc(
        method=METHOD,
        body=BODY,
        access_key_id=key.access_key_id,
        secret_access_key=key.secret_access_key.reveal_text(),
        signed_at=world.clock.now(),
        extra=EXTRA,
    )


async def call_of(world: StsWorld, sent: Metadata) -> SignedCall:
    """Returns the call that was proven."""
    caller = world.authenticator.authenticate(METHOD, sent, BODY, call=CALL)
    assert caller.signed_call is not None
    return caller.signed_call


async def test_call_over_grpc(world: StsWorld) -> None:
    """A call proves something for fifteen minutes after it was signed."""
    call = await call_of(world, metadata(world))

    assert world.clock.now() == call.sign_time
    assert world.clock.now() + SIGNATURE_SKEW_MAX == call.expire_time


@pytest.mark.parametrize("change", ["turned", "added", "spaced", "upper"])
async def test_v01_other_bytes_of_one_signature(world: StsWorld, change: str) -> None:
    """V01: what a signature does not cover makes no other call of it."""
    sent = metadata(world)
    changed = {
        "turned": sent[::-1],
        "added": [*sent, ("user-agent", "x"), ("grpc-trace", "y"), ("z-bin", "z")],
        "spaced": [
            (name, f"  {value} " if (name, value) in EXTRA else value)
            for name, value in sent
        ],
        "upper": [(name.upper(), value) for name, value in sent],
    }[change]

    assert await call_of(world, sent) == await call_of(world, changed)


async def test_other_signed_entry_is_another_call(world: StsWorld) -> None:
    """A nonce that is signed makes two calls of one second."""
    sent = metadata(world)
    entry = world.directory.current().user_by_arn(org.BOB)
    assert entry is not None
    other = await world.signed(
        entry.access_keys[0].access_key_id, entry.access_keys[0].secret_access_key
    )

    assert await call_of(world, sent) != other.signed_call


@pytest.mark.parametrize(
    ("longest", "lasts"), [(timedelta(days=7), 3600), (timedelta(minutes=1), 60)]
)
async def test_presigned_request_lasts(
    world: StsWorld, longest: timedelta, lasts: int
) -> None:
    """A presigned request is a call for as long as it is good, and no longer."""
    request = bob(world, expires=3600).presign("GET", URL)
    expectations = replace(ORDERS, presigned_lifetime_max=longest)

    caller = world.prover.prove(
        read_http_proof(request, expectations), regions=frozenset()
    )

    call = caller.signed_call
    assert call is not None
    assert world.clock.now() + timedelta(seconds=lasts) == call.expire_time


async def test_signed_request_is_a_call(world: StsWorld) -> None:
    """A request that is signed in a header is a call of its own signature."""
    calls = [
        world.prover.prove(
            read_http_proof(bob(world).sign("POST", URL, body=body), ORDERS),
            regions=frozenset(),
        ).signed_call
        for body in (b"1", b"1", b"2")
    ]

    assert calls[0] == calls[1] != calls[2]
    assert calls[0] is not None
    assert world.clock.now() + SIGNATURE_SKEW_MAX == calls[0].expire_time
