"""What a call costs on each engine, as a ratio to an empty call of grpc.aio.

Five servers on one core, the load on another where there is one, in turns: an empty
server of grpc.aio, an empty one on the completion queue, and `daypassd` on either.
Calls are signed beforehand, and no AssumeRole is sent twice. Ratios are those of
rounds that were next to each other.

Run by `make bench-engine`; `docs/performance.md` has what it said.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from shutil import copytree
from typing import Final

import grpc
from botocore.credentials import Credentials as BotoCredentials

from daypass.rpc.cq.server import QueueServer
from daypass.rpc.methods import STS, TOKEN
from loadtest.bench_servers import Server, running
from loadtest.empty_server import METHOD
from loadtest.http_load import Caller
from loadtest.processes import ENGINES
from loadtest.stages_bench import (
    GrpcCaller,
    credentials_of,
    over_grpc,
    session_token,
)

_ROUNDS: Final = 9
_ROOT: Final = Path(__file__).resolve().parents[1]
# As long as an answer to AssumeRole is, without its token.
_ANSWER: Final = bytes(600)
_EMPTY_CALL: Final = f"{METHOD}{len(_ANSWER)}"
_BASE: Final = "aio: empty"

Round = tuple[float, float]


class _Empty(grpc.GenericRpcHandler):
    """Answers with the same bytes each time."""

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        """Returns the handler of an empty call, of the form that our door's have."""
        if not handler_call_details.method.startswith(METHOD):
            return None

        async def empty(_: object, context: grpc.aio.ServicerContext) -> bytes:  # type: ignore[type-arg]
            await context.read()
            return _ANSWER

        return grpc.stream_unary_rpc_method_handler(empty)


async def _serve_empty(address: Path) -> None:
    """Serves empty calls from the completion queue until it is ended."""
    server = QueueServer(options=(("grpc.so_reuseport", 0),))
    server.add_generic_rpc_handlers((_Empty(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    _tell(address, port)
    await server.wait_for_termination()


def _tell(address: Path, port: int) -> None:
    address.write_text(f"127.0.0.1:{port}", encoding="ascii")


class _Ours:
    """A `daypassd` on one engine, and the calls that it is sent."""

    def __init__(self, folder: Path, engine: str, core: int, stack: ExitStack) -> None:
        self._engine = engine
        state = folder / engine
        directory = copytree(
            _ROOT / "examples/securecart/directory", folder / f"directory-{engine}"
        )
        words = [
            *(sys.executable, "-m", "daypass", "dev", "--directory", str(directory)),
            *("--state-dir", str(state), "--store", "memory://", "--engine", engine),
            *("--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"),
        ]
        self._server = stack.enter_context(running(words, state / "grpc.address", core))
        keys = credentials_of(state)
        self._caller = GrpcCaller(keys)
        self._operator = GrpcCaller(credentials_of(state, "admin"))
        secret = keys.secret_access_key.reveal()
        self._token = session_token(
            Caller(
                (state / "http.address").read_text(encoding="ascii"),
                BotoCredentials(keys.access_key_id, secret),
            )
        )

    def works(self, turn: int) -> dict[str, Callable[[], Round]]:
        """Returns what is measured in a round, by name."""
        methods = {
            f"{STS}AssumeRole": self._caller.mints(turn),
            f"{STS}GetCallerIdentity": self._caller.identities(),
            f"{TOKEN}VerifyToken": self._operator.verifications(self._token),
        }
        return {
            f"{self._engine}: {method.rpartition('/')[2]}": partial(
                over_grpc, self._server, method, calls
            )
            for method, calls in methods.items()
        }


def measure(folder: Path, core: int) -> dict[str, list[Round]]:
    """Returns calls a second and CPU microseconds of each, round by round."""
    empties = {"aio": "loadtest.empty_server", "cq": "loadtest.engine_bench"}
    found: dict[str, list[Round]] = {}
    with ExitStack() as stack:
        empty: dict[str, Server] = {}
        for engine, module in empties.items():
            address = folder / f"empty-{engine}"
            words = [sys.executable, "-m", module, str(address)]
            empty[engine] = stack.enter_context(running(words, address, core))
        ours = [_Ours(folder, engine, core, stack) for engine in ENGINES]
        # What is measured first is measured again without its warming up.
        for turn in range(-1, _ROUNDS):
            works: dict[str, Callable[[], Round]] = {}
            for each in ours:
                works |= each.works(turn)
            calls = GrpcCaller(credentials_of(folder / "aio")).mints(turn)
            for engine, server in empty.items():
                works[f"{engine}: empty"] = partial(
                    over_grpc, server, _EMPTY_CALL, calls
                )
            for name, work in sorted(works.items(), reverse=bool(turn % 2)):
                made = work()
                if turn >= 0:
                    found.setdefault(name, []).append(made)
    return found


def main() -> None:
    """Measures and prints the report, as a table of Markdown."""
    if len(sys.argv) > 1:
        asyncio.run(_serve_empty(Path(sys.argv[1])))
        return
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[0]})
    with tempfile.TemporaryDirectory(prefix="daypass-bench-") as name:
        found = measure(Path(name), cores[-1])
    out = sys.stdout.write
    out("| Call | calls a second | µs of CPU | ÷ empty, rate | ÷ empty, CPU |\n")
    out("|---|---|---|---|---|\n")
    for line, rounds in found.items():
        rate, spent = (statistics.median(each) for each in zip(*rounds, strict=True))
        pairs = list(zip(rounds, found[_BASE], strict=True))
        by_rate = statistics.median(one[0] / base[0] for one, base in pairs)
        by_cpu = statistics.median(base[1] / one[1] for one, base in pairs)
        out(f"| {line} | {rate:,.0f} | {spent:.0f} | {by_rate:.2f} | {by_cpu:.2f} |\n")


if __name__ == "__main__":
    main()
