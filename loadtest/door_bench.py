"""What the HTTP door itself takes of a call, in this process, by CPU time.

The bytes of a request go into a connection and the bytes of its answer come out,
without a socket; who calls is believed, and the operation answers what stands ready.
What is left is the door's own: head, form, origin, order, envelope, head of the answer.
It stands beside an empty ASGI answer behind uvicorn, which is driven in the same way,
and beside an Ed25519 signature: ratios are what to trust.

Run by `make bench-door`; `docs/performance.md` has its figures.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, cast

import uvicorn
import uvloop
from botocore.credentials import Credentials as BotoCredentials
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.core.credentials import Credentials
from daypass.core.ports import AuditRecord
from daypass.core.principal import User
from daypass.core.secret import Secret
from daypass.gateway.app import HttpApp
from daypass.gateway.connections import ConnectionBounds, Connections
from daypass.gateway.observe import RequestOutcome
from daypass.gateway.operations import QueryUseCases, query_operations
from daypass.gateway.origin import Origins
from daypass.gateway.protocol import BoundedProtocol
from daypass.gateway.query_door import QueryDoor
from daypass.sts.account_operations import CallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.audit import Auditor
from daypass.sts.caller import CallContext
from daypass.sts.caller import Caller as ProvenCaller
from loadtest.http_load import Caller

_ROUNDS: Final = 15
_CALLS: Final = 1_600
_CONNECTIONS: Final = 16
_TOKEN_CHARACTERS: Final = 900
_ANSWER_BYTES: Final = 1_400
_SIGNED_BYTES: Final = 700
_SIGNATURES: Final = 1_000
_STATUS: Final = b"HTTP/"
_ROLE: Final = "arn:aws:sts::123456789012:assumed-role/ReadOnlyRole/s1"
_START: Final = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/xml"), (b"content-length", b"1400")],
}
_BODY: Final = {"type": "http.response.body", "body": b"x" * _ANSWER_BYTES}

Connect = Callable[[], asyncio.Protocol]


class Ready:
    """Believes who calls, and answers what stands ready."""

    def __init__(self, ready: object) -> None:
        self._ready = ready

    def authenticate(self, *_words: object, **_named: object) -> ProvenCaller:
        """Returns the caller."""
        return cast("ProvenCaller", self._ready)

    async def run(self, *_words: object) -> Any:  # noqa: ANN401 - a result of any kind.
        """Returns the result."""
        return self._ready


class Nobody:
    """Watches no request, and keeps no record."""

    def request_started(self, call: CallContext) -> None:
        """Lets it pass."""

    def request_finished(self, call: CallContext, outcome: RequestOutcome) -> None:
        """Lets it pass."""

    def note(self, record: AuditRecord) -> None:
        """Lets it pass."""

    async def write(self, record: AuditRecord) -> None:
        """Lets it pass."""

    async def write_many(self, records: Sequence[AuditRecord]) -> None:
        """Lets them pass."""


class Loopback(asyncio.Transport):
    """A transport without a socket to the other end: it counts answers."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = 0
        self._known: dict[str, object] = {
            "socket": _Peer(),
            "peername": ("127.0.0.1", 9),
        }

    def get_extra_info(
        self,
        name: str,
        default: Any = None,  # noqa: ANN401 - as the class that it derives from.
    ) -> Any:  # noqa: ANN401 - the same.
        """Returns what is known of the other end."""
        return self._known.get(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Counts the head of an answer."""
        self.answers += data[: len(_STATUS)] == _STATUS

    def is_closing(self) -> bool:
        """Tells that it goes on."""
        return False

    def close(self) -> None:
        """Ends what has no end of its own."""


class _Peer:
    """What a socket tells of the other end."""

    family = socket.AF_INET

    def getpeername(self) -> tuple[str, int]:
        """Returns an address."""
        return "127.0.0.1", 9

    def getsockname(self) -> tuple[str, int]:
        """Returns an address."""
        return "127.0.0.1", 80

    def setsockopt(self, *_words: object) -> None:
        """Takes any option."""


def door() -> Connect:
    """Returns what makes connections of the HTTP door."""
    nobody, clock = Nobody(), SystemClock()
    user = User("aws", "123456789012", "/", "dev", "AIDAEXAMPLE")
    token = "t" * _TOKEN_CHARACTERS
    issued = Credentials(
        "ASIAEXAMPLE",
        Secret("s" * 40),
        Secret(token),
        clock.now().replace(microsecond=0),
    )
    ready: dict[str, object] = {
        "assume_role": AssumeRoleResult(
            issued, "AROAEXAMPLE:s1", _ROLE, None, None, len(token)
        ),
        "get_caller_identity": CallerIdentity(user.unique_id, "123456789012", user.arn),
    }
    fields = QueryUseCases.__dataclass_fields__
    cases: dict[str, Any] = {name: Ready(ready.get(name)) for name in fields}
    caller = ProvenCaller(user, "AKIAEXAMPLE", "us-east-1", cast("Any", None))
    app = HttpApp(
        routes={
            "/": QueryDoor(
                operations=query_operations(QueryUseCases(**cases)),
                authenticator=Ready(caller),
                auditor=Auditor(sink=nobody, clock=clock),
            )
        },
        origins=Origins(),
        observer=nobody,
        clock=clock,
        entropy=SystemEntropy(),
    )
    state, bounds = Connections(), ConnectionBounds()
    return lambda: BoundedProtocol(app, state, bounds)


def empty() -> Connect:
    """Returns what makes connections of uvicorn, with an empty application."""

    async def answer(
        _: object,
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        more = True
        while more:
            more = (await receive()).get("more_body", False)
        await send(_START)
        await send(_BODY)

    config = uvicorn.Config(
        cast("Any", answer),
        http="httptools",
        access_log=False,
        log_level="warning",
        lifespan="off",
    )
    config.load()
    state = ServerState()
    return lambda: HttpToolsProtocol(config, state, {})


async def spent(connect: Connect, requests: list[bytes]) -> float:
    """Returns the microseconds of the loop's thread for each request."""
    links: list[tuple[Any, Loopback]] = [
        (connect(), Loopback()) for _ in range(_CONNECTIONS)
    ]
    for protocol, transport in links:
        protocol.connection_made(transport)
    # What was left by making the requests is not the door's.
    gc.collect()
    begun = time.thread_time()
    for first in range(0, len(requests), _CONNECTIONS):
        turn = requests[first : first + _CONNECTIONS]
        for (protocol, _), request in zip(links, turn, strict=False):
            protocol.data_received(request)
        # NOTE: an event would be time of ours that no server has.
        while sum(link.answers for _, link in links) < first + len(turn):  # noqa: ASYNC110
            await asyncio.sleep(0)
    microseconds = (time.thread_time() - begun) / len(requests) * 1e6
    for protocol, _ in links:
        protocol.connection_lost(None)
    return microseconds


def signature() -> float:
    """Returns the microseconds of a signature."""
    key = Ed25519PrivateKey.generate()
    begun = time.thread_time()
    for _ in range(_SIGNATURES):
        key.sign(b"x" * _SIGNED_BYTES)
    return (time.thread_time() - begun) / _SIGNATURES * 1e6


async def measure() -> dict[str, list[float]]:
    """Measures all lines in turns."""
    caller = Caller("127.0.0.1:80", BotoCredentials("AKIAEXAMPLE", "s" * 40))
    identities = caller.identities() * (_CALLS // 64)
    again = caller.mints(-1, 1) * _CALLS
    ours, theirs = door(), empty()
    gc.collect()
    gc.freeze()
    found: dict[str, list[float]] = {}
    for turn in range(_ROUNDS):
        rounds = {
            "an Ed25519 signature": signature(),
            "an empty ASGI answer": await spent(theirs, identities),
            "AssumeRole, each form once": await spent(ours, caller.mints(turn, _CALLS)),
            "AssumeRole, one form again": await spent(ours, again),
            "GetCallerIdentity": await spent(ours, identities),
        }
        for name, microseconds in rounds.items():
            found.setdefault(name, []).append(microseconds)
    return found


def main() -> None:
    """Measures and prints the report, as a table of Markdown."""
    found = uvloop.run(measure())
    signed, bare, *_ = (min(rounds) for rounds in found.values())
    out = sys.stdout.write
    out("| | least µs | median µs | ÷ signature | ÷ empty answer |\n")
    out("|---|---|---|---|---|\n")
    for name, rounds in found.items():
        least = min(rounds)
        out(f"| {name} | {least:.1f} | {statistics.median(rounds):.1f} ")
        out(f"| {least / signed:.2f} | {least / bare:.2f} |\n")


if __name__ == "__main__":
    main()
