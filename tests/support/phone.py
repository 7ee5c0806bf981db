"""A phone that shows codes, by an implementation of RFC 6238 of its own."""

from __future__ import annotations

import hmac
import struct
from datetime import timedelta

from support.http_world import HttpWorld

_STEP = timedelta(seconds=30)


def code_of(world: HttpWorld, device: str, *, steps: int = 0) -> str:
    """Returns what a phone shows, now or so many steps from now."""
    account = world.sts.directory.current().account(device.split(":")[4])
    assert account is not None, f"{device} is not declared"
    seed = account.mfa_devices[device].seed.reveal()
    counter = int((world.clock.now() + steps * _STEP).timestamp()) // 30
    digest = hmac.digest(seed, struct.pack(">Q", counter), "sha1")
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def wrong_code_of(world: HttpWorld, device: str) -> str:
    """Returns six digits that a phone shows at no time that is near."""
    near = {code_of(world, device, steps=step) for step in range(-4, 5)}
    return next(code for code in map("{:06}".format, range(10)) if code not in near)
