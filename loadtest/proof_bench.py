"""What it costs to read and check a SigV4 proof, in signatures of the same run.

`read_proof` or `read_http_proof`, and `SigV4Prover.prove`, run in this process with
the collaborators of a worker. A call has what clients really send, in texts that no
memory has seen before, as they come from a transport; its credentials are in use.

Run by `make bench-proof`; `docs/performance.md` tells how to read it.
"""

# ruff: noqa: SLF001 - a worker, whose parts run by themselves.

from __future__ import annotations

import asyncio
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import uvloop
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from daypass.adapters.system import settle_memory
from daypass.api.sts.v1 import sts_service_pb2 as sts_api
from daypass.rpc.methods import STS
from daypass.sigv4.grpc_proof import read_proof
from daypass.sigv4.http_proof import read_http_proof
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.caller import CallContext
from daypass.sts.prove import SigV4Prover
from daypass_client.credentials import Credentials
from daypass_client.secret import Secret
from loadtest.held_worker import HeldWorker, worker_with
from loadtest.mint_bench import proven
from loadtest.stages_bench import GrpcCaller, credentials_of

_ROLE: Final = "arn:aws:iam::123456789012:role/ReadOnlyRole"
_METHOD: Final = f"{STS}AssumeRole"
_CALLS: Final = 20_000
_ROUNDS: Final = 7
# So many are made at a time, and measured while they are as new as in a server.
_AT_A_TIME: Final = 100
_SIGNED: Final = 500
_MESSAGE: Final = b"x" * 500
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
_AROUND: Final = (
    ("user-agent", "grpc-python-asyncio/1.85.1 grpc-c/53.0.0 (linux; chttp2)"),
    ("grpc-accept-encoding", "identity, deflate, gzip"),
)
_AROUND_HTTP: Final = (
    ("accept-encoding", "identity"),
    ("user-agent", "Boto3/1.40.0 md/Botocore#1.40.0 ua/2.1 os/linux#6.1 lang/python"),
    ("amz-sdk-invocation-id", "5f3ea0f5-0e8f-4f6c-8bd7-4d7a7ab0b1c2"),
    ("amz-sdk-request", "attempt=1"),
)

Work = Callable[[], None]
Calls = Callable[[int], Work]


def _anew(entries: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Returns the same texts in memory that is new."""
    return tuple(
        (name.encode().decode(), value.encode().decode()) for name, value in entries
    )


def over_grpc(prover: SigV4Prover, credentials: Credentials) -> Calls:
    """Returns what makes calls over gRPC; each number is another part of them."""
    caller = GrpcCaller(credentials)
    calls = [
        caller.sign(
            _METHOD,
            sts_api.AssumeRoleRequest(role_arn=_ROLE, role_session_name=f"s{number}"),
        )
        for number in range(_SIGNED)
    ]

    def make(first: int) -> Work:
        some = [
            (_anew((*_AROUND, *call.metadata)), call.message)
            for call in islice(
                cycle(calls), first % _SIGNED, first % _SIGNED + _AT_A_TIME
            )
        ]

        def work() -> None:
            for metadata, body in some:
                proof = read_proof(method=_METHOD, metadata=metadata, body=body)
                assert proof is not None
                prover.prove(proof, regions=())

        return work

    return make


def over_http(prover: SigV4Prover, credentials: Credentials) -> Calls:
    """Returns what makes requests with an Authorization header."""
    requests = [_request(credentials, number) for number in range(_SIGNED)]
    expectations = HttpExpectations("sts")

    def make(first: int) -> Work:
        some = [
            replace(request, headers=_anew(request.headers))
            for request in islice(
                cycle(requests), first % _SIGNED, first % _SIGNED + _AT_A_TIME
            )
        ]

        def work() -> None:
            for request in some:
                prover.prove(read_http_proof(request, expectations), regions=())

        return work

    return make


def _request(credentials: Credentials, number: int) -> HttpRequest:
    body = urlencode(
        {"Action": "AssumeRole", "RoleArn": _ROLE, "RoleSessionName": f"s{number}"}
    ).encode()
    request = AWSRequest("POST", "http://127.0.0.1:8080/", data=body)
    request.headers["Content-Type"] = _FORM
    keys = BotoCredentials(
        credentials.access_key_id, credentials.secret_access_key.reveal()
    )
    SigV4Auth(keys, "sts", "us-east-1").add_auth(request)
    signed = tuple((name.lower(), value) for name, value in request.headers.items())
    return HttpRequest(
        method="POST",
        path="/",
        query="",
        headers=(("host", "127.0.0.1:8080"), *_AROUND_HTTP, *signed),
        payload_sha256=hashlib.sha256(body).hexdigest(),
        scheme="http",
    )


def signatures(worker: HeldWorker) -> Calls:
    """Returns what makes raw signatures."""
    key = worker.wiring._world.ring.current().signing_key()

    def work() -> None:
        for _ in range(_AT_A_TIME):
            key.sign(_MESSAGE)

    return lambda _: work


async def cost(calls: Calls) -> float:
    """Returns seconds of CPU time of one call, made by the hundred."""
    spent = 0.0
    for first in range(0, _CALLS, _AT_A_TIME):
        work = calls(first)
        begun = time.process_time()
        work()
        spent += time.process_time() - begun
        # The worker goes on reading its logs, so that it vouches for sessions.
        await asyncio.sleep(0)
    return spent / _CALLS


async def session_of(worker: HeldWorker, folder: Path) -> Credentials:
    """Returns credentials that the worker has issued."""
    caller = await proven(worker, folder)
    facts = CallContext("0", "127.0.0.1", "bench", secure_transport=False)
    request = AssumeRoleRequest(role_arn=_ROLE, role_session_name="bench")
    result = await worker.wiring.use_cases().assume_role.run(request, caller, facts)
    issued = result.credentials
    return Credentials(
        issued.access_key_id,
        Secret(issued.secret_access_key.reveal_text()),
        Secret(issued.session_token.reveal_text()),
    )


async def main() -> None:
    """Measures, and prints what was measured."""
    with tempfile.TemporaryDirectory(prefix="daypass-proof-") as text:
        folder = Path(text)
        async with worker_with("memory://", folder) as worker:
            prover = worker.wiring._parts.prover
            keys = credentials_of(folder / "state")
            kinds = {
                "a raw signature": signatures(worker),
                "gRPC, long-term key": over_grpc(prover, keys),
                "gRPC, session token": over_grpc(
                    prover, await session_of(worker, folder)
                ),
                "HTTP header, long-term key": over_http(prover, keys),
            }
            settle_memory()
            least = dict.fromkeys(kinds, float("inf"))
            for _ in range(_ROUNDS):
                for kind, calls in kinds.items():
                    least[kind] = min(least[kind], await cost(calls))
    sign = least["a raw signature"]
    for kind, seconds in least.items():
        sys.stdout.write(f"{kind:<28}{seconds * 1e6:6.1f} µs {seconds / sign:6.2f}\n")


if __name__ == "__main__":
    uvloop.run(main())
