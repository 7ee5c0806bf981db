"""What a call costs, at each door and stage by stage, in microseconds of CPU time.

Three views of the same calls, all signed beforehand, no AssumeRole sent twice: the
stages of the use case in this process, the gRPC door, and the HTTP door. The doors
stand beside empty servers of the same kind, and ratios are what to trust: absolute
figures say as much of the machine.

Run by `make bench-stages`; `docs/performance.md` tells how to read it.
"""

# ruff: noqa: ANN401 - messages of any type.

from __future__ import annotations

import configparser
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import copytree
from typing import Any, Final

import uvloop
from botocore.credentials import Credentials as BotoCredentials

from daypass.api.sts.v1 import sts_service_pb2 as sts_api
from daypass.api.token.v1 import token_service_pb2 as token_api
from daypass.rpc import assumed_answers
from daypass.rpc.methods import STS, TOKEN
from daypass.rpc.remembered_requests import RememberedRequests
from daypass.sts.caller import CallContext
from daypass.wiring import Wiring
from daypass_client.clock import SystemClock as ClientClock
from daypass_client.credentials import Credentials
from daypass_client.secret import Secret
from daypass_client.signing import Signer
from loadtest.bench_servers import EMPTY_HTTP, Server, running, script
from loadtest.grpc_wire import Call as WireCall
from loadtest.grpc_wire import send_calls
from loadtest.held_worker import worker_with
from loadtest.http_load import Caller, load
from loadtest.stages import Call, StageClock, at_once, in_turn

_ROLE: Final = "arn:aws:iam::123456789012:role/ReadOnlyRole"
_CALLS: Final = 2_000
_ROUNDS: Final = 5
# More than any server of this kind answers in a second.
_HTTP_MINTS: Final = 12_000
_ROOT: Final = Path(__file__).resolve().parents[1]
_WORKERS: Final = 32
_START_SECONDS_MAX: Final = 15.0
_POLL_SECONDS: Final = 0.05
_EMPTY: Final = """
import sys, grpc, grpc.aio, uvloop

class Handlers(grpc.GenericRpcHandler):
    def service(self, details):
        async def answer(message, context):
            return b"x" * 1000
        return grpc.unary_unary_rpc_method_handler(answer)

async def main():
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((Handlers(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    with open(sys.argv[1], "w") as file:
        file.write("127.0.0.1:%d" % port)
    await server.wait_for_termination()

uvloop.run(main())
"""


class GrpcCaller:
    """Signs calls over gRPC."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._signer = Signer("us-east-1", ClientClock())

    def sign(self, method: str, message: Any) -> WireCall:
        """Returns a call that is signed."""
        body: bytes = message.SerializeToString()
        return WireCall(body, self._signer.sign(method, body, self._credentials))

    def mints(
        self, turn: int, count: int = _CALLS, *, alike: bool = True
    ) -> list[WireCall]:
        """Returns AssumeRole, no two of them the same call.

        Args:
            turn: names the sessions.
            count: how many.
            alike: whether they ask for the same but for the name of the session, so
                that the first is decided and the others are remembered.
        """
        return [
            self.sign(
                f"{STS}AssumeRole",
                sts_api.AssumeRoleRequest(
                    role_arn=_ROLE,
                    role_session_name=f"s{turn}-{number}",
                    external_id=None if alike else f"e{turn}-{number}",
                ),
            )
            for number in range(count)
        ]

    def identities(self) -> list[WireCall]:
        """Returns GetCallerIdentity."""
        message = sts_api.GetCallerIdentityRequest()
        return [self.sign(f"{STS}GetCallerIdentity", message) for _ in range(_CALLS)]

    def verifications(self, token: str) -> list[WireCall]:
        """Returns VerifyToken of one token, which the server has seen then."""
        message = token_api.VerifyTokenRequest(token=token)
        return [self.sign(f"{TOKEN}VerifyToken", message) for _ in range(_CALLS)]


def credentials_of(state: Path, profile: str = "dev") -> Credentials:
    """Returns the keys of a user of the example."""
    profiles = configparser.RawConfigParser()
    deadline = time.monotonic() + _START_SECONDS_MAX
    # A server writes them when it serves already.
    while not profiles.has_section(profile) and time.monotonic() < deadline:
        profiles.read(state / "credentials")
        time.sleep(_POLL_SECONDS)
    found = profiles[profile]
    return Credentials(
        found["aws_access_key_id"], Secret(found["aws_secret_access_key"])
    )


Stages = dict[str, float]


async def stages(
    folder: Path, count: int = _CALLS
) -> tuple[Stages, Stages, float, float]:
    """Returns the stages of AssumeRole, and its CPU time on the loop and in all.

    The stages are of a mint that is remembered, and of one that is decided.
    """
    own = folder / "stages"
    async with worker_with("memory://", own) as worker:
        caller = GrpcCaller(credentials_of(own / "state"))
        remembered, decided = StageClock(), StageClock()
        alike = caller.mints(0, count)
        await in_turn(_use_case_calls(worker.wiring, alike), remembered)
        unlike = caller.mints(0, count, alike=False)
        await in_turn(_use_case_calls(worker.wiring, unlike), decided)
        rounds = [
            await at_once(
                _use_case_calls(worker.wiring, caller.mints(turn, count)), _WORKERS
            )
            for turn in range(1, _ROUNDS)
        ]
    loop, whole = (statistics.median(each) for each in zip(*rounds, strict=True))
    return remembered.medians(), decided.medians(), loop, whole


def _use_case_calls(wiring: Wiring, calls: list[WireCall]) -> list[Call]:
    """Returns calls of the use case as the gRPC door makes them."""
    authenticator, assume_role = wiring.authenticator(), wiring.use_cases().assume_role
    method, requests = f"{STS}AssumeRole", RememberedRequests()

    async def make(number: int, call: WireCall) -> bytes:
        facts = CallContext(f"{number}", "127.0.0.1", "bench", secure_transport=False)
        caller = authenticator.authenticate(
            method, call.metadata, call.message, call=facts
        )
        request = requests.read(call.message)
        result = await assume_role.run(request, caller, facts)
        return assumed_answers.assume_role_answer(result)

    return [partial(make, number, call) for number, call in enumerate(calls)]


def doors(folder: Path, core: int) -> dict[str, list[tuple[float, float]]]:
    """Returns calls a second and CPU microseconds of each, round by round."""
    state = folder / "state"
    directory = copytree(_ROOT / "examples/securecart/directory", folder / "directory")
    daypassd = [
        *(sys.executable, "-m", "daypass", "dev", "--directory", str(directory)),
        *("--state-dir", str(state), "--store", "memory://"),
        *("--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"),
    ]
    found: dict[str, list[tuple[float, float]]] = {}
    with (
        running(*script(folder, "empty-grpc", _EMPTY), core) as empty,
        running(*script(folder, "empty-http", EMPTY_HTTP), core) as empty_http,
        running(daypassd, state / "grpc.address", core) as ours,
    ):
        keys = credentials_of(state)
        grpc = GrpcCaller(keys)
        operator = GrpcCaller(credentials_of(state, "admin"))
        http_address = (state / "http.address").read_text(encoding="ascii")
        http = Caller(
            http_address,
            BotoCredentials(keys.access_key_id, keys.secret_access_key.reveal()),
        )
        at_http = Server(http_address, ours.process_id)
        token = session_token(http)
        for turn in range(_ROUNDS):
            mints = grpc.mints(turn)
            works: dict[str, Callable[[], tuple[float, float]]] = {
                "gRPC: empty": partial(over_grpc, empty, "/a.B/C", mints),
                "gRPC: AssumeRole": partial(over_grpc, ours, f"{STS}AssumeRole", mints),
                "gRPC: GetCallerIdentity": partial(
                    over_grpc, ours, f"{STS}GetCallerIdentity", grpc.identities()
                ),
                "gRPC: VerifyToken, seen": partial(
                    over_grpc,
                    ours,
                    f"{TOKEN}VerifyToken",
                    operator.verifications(token),
                ),
                "HTTP: empty": partial(over_http, empty_http, http.identities()),
                "HTTP: AssumeRole": partial(
                    over_http, at_http, http.mints(turn, _HTTP_MINTS), once=True
                ),
                "HTTP: GetCallerIdentity": partial(
                    over_http, at_http, http.identities()
                ),
            }
            for name, work in works.items():
                found.setdefault(name, []).append(work())
    return found


def session_token(caller: Caller) -> str:
    """Returns the token of a session."""
    text: str = caller.ask(Action="AssumeRole", RoleArn=_ROLE, RoleSessionName="seen")
    return text.partition("<SessionToken>")[2].partition("<")[0]


def over_grpc(
    server: Server, method: str, calls: list[WireCall]
) -> tuple[float, float]:
    """Sends calls over gRPC."""
    begun = server.cpu_seconds()
    load_of_calls = send_calls(server.address, method, calls)
    if load_of_calls.refused:
        raise RuntimeError(f"{method}: {load_of_calls.refused} were refused")
    spent = server.cpu_seconds() - begun
    return load_of_calls.per_second, spent / len(calls) * 1e6


def over_http(
    server: Server, requests: list[bytes], *, once: bool = False
) -> tuple[float, float]:
    """Sends requests over HTTP for a second."""
    made = load(server, requests, once=once, seconds=1)
    return made.per_second, made.cpu_microseconds


def main() -> None:
    """Measures and prints the report, as tables of Markdown."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="daypass-bench-") as name:
        os.sched_setaffinity(0, {cores[-1]})
        remembered, decided, loop, whole = uvloop.run(stages(Path(name)))
        if unpassed := [
            each for each in decided if not decided[each] + remembered[each]
        ]:
            sys.exit(f"no call passes these stages any more: {', '.join(unpassed)}")
        os.sched_setaffinity(0, {cores[0]})
        found = doors(Path(name), cores[-1])
    out = sys.stdout.write
    out("| Stage of an AssumeRole, one call at a time, µs | remembered | decided |\n")
    out("|---|---|---|\n")
    for stage, microseconds in remembered.items():
        out(f"| {stage} | {microseconds:.0f} | {decided[stage]:.0f} |\n")
    all_of_them = (sum(each.values()) for each in (remembered, decided))
    out("| all stages | {:.0f} | {:.0f} |\n".format(*all_of_them))
    out(f"| {_WORKERS} calls at once, loop | {loop:.0f} | |\n")
    out(f"| {_WORKERS} calls at once, all threads | {whole:.0f} | |\n\n")
    out("| Door | calls a second | µs of CPU | ÷ empty, rate | ÷ empty, CPU |\n")
    out("|---|---|---|---|---|\n")
    for line, rounds in found.items():
        empty = found[f"{line.partition(':')[0]}: empty"]
        rate, spent = (statistics.median(each) for each in zip(*rounds, strict=True))
        pairs = list(zip(rounds, empty, strict=True))
        by_rate = statistics.median(one[0] / other[0] for one, other in pairs)
        by_cpu = statistics.median(other[1] / one[1] for one, other in pairs)
        out(f"| {line} | {rate:,.0f} | {spent:.0f} | {by_rate:.2f} | {by_cpu:.2f} |\n")


if __name__ == "__main__":
    main()
