"""What happens to a server under load: a revocation, and a change of keys."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import uuid4

from daypass.adapters.demo_provider import DemoProvider
from daypass_client.client import DaypassClient
from daypass_client.clock import SystemClock
from daypass_client.errors import TokenRejectedError
from loadtest.bench import Bench
from loadtest.calls import Minted
from loadtest.measure import describe, open_window
from loadtest.results import Window

_LIFETIME_SECONDS: Final = 600
_REVOKED: Final = 5
_RATE: Final = 100.0
_ROTATION_SECONDS: Final = 12.0
# One key follows the other within the window.
FAST_KEYS: Final = ("--key-period", "6", "--key-lead", "2", "--key-settle", "2")


def identity_token(state: Path) -> str:
    """Returns a token of the example's pipeline, signed on this machine."""
    now = int(SystemClock().now().timestamp())
    token = DemoProvider.load(state).sign(
        {
            "iss": "https://ci.securecart.example",
            "sub": "repo:securecart/storefront:ref:refs/heads/main",
            "aud": "daypass",
            "iat": now,
            "exp": now + _LIFETIME_SECONDS,
            "jti": uuid4().hex,
        }
    )
    return str(token)


def revocation(bench: Bench, admin: DaypassClient, dev: DaypassClient) -> Window:
    """Revokes sessions while tokens are verified, and asks for each at once."""
    times: list[float] = []
    accepted = 0

    def revoke_all() -> None:
        nonlocal accepted
        for session in bench.side.maker.mint_sessions(_REVOKED):
            begin = time.monotonic()
            admin.revoke_sessions(access_key_id=session.access_key_id)
            accepted += not _is_refused(dev, session)
            times.append(time.monotonic() - begin)

    window = open_window(
        bench, "verify_seen", _RATE, name="revocation", meanwhile=revoke_all
    )
    notes = {
        "revoked": float(len(times)),
        "accepted after": float(accepted),
        "slowest seconds": round(max(times), 3),
    }
    lost = window.lost | ({"accepted though revoked": accepted} if accepted else {})
    window = replace(window, notes=notes, lost=lost)
    bench.say(describe(window))
    return window


def rotation(bench: Bench) -> Window:
    """Mints while the keys change, and tells how many signed."""
    before = key_id(bench.side.maker.mint_sessions(1)[0].token)
    window = open_window(
        bench, "mint", _RATE, name="rotation", seconds=_ROTATION_SECONDS
    )
    after = key_id(bench.side.maker.mint_sessions(1)[0].token)
    rejected = window.rejected or ("" if before != after else "no key was changed")
    window = replace(window, rejected=rejected, notes={"keys": len({before, after})})
    bench.say(describe(window))
    return window


def key_id(token: str) -> str:
    """Returns the name of the key that has signed a token."""
    header = token.partition(".")[0]
    padded = header + "=" * (-len(header) % 4)
    return str(json.loads(urlsafe_b64decode(padded))["kid"])


def _is_refused(client: DaypassClient, session: Minted) -> bool:
    try:
        client.verify_token(session.token)
    except TokenRejectedError:
        return True
    return False
