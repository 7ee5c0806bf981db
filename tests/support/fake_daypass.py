"""A server that answers a client from a queue, and keeps what it was asked.

It knows nothing of Daypass: it takes any method, and hands out bytes.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from string import ascii_letters, ascii_uppercase, digits
from typing import NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from daypass_client import Credentials, Endpoint, Profile

_BASE32 = ascii_uppercase + "234567"


@dataclass(frozen=True)
class ReceivedCall:
    """A call as it arrived."""

    method: str
    body: bytes
    metadata: dict[str, str | bytes]
    seconds_left: float


@dataclass(frozen=True)
class Refusal:
    """A failure to answer with; `raw` stands in for a status that is broken."""

    code: grpc.StatusCode
    message: str
    details: tuple[Message, ...] = ()
    raw: bytes | None = None

    def status(self) -> bytes:
        """Returns the failure as a serialized `google.rpc.Status`."""
        if self.raw is not None:
            return self.raw
        number: int = self.code.value[0]
        packed = []
        for detail in self.details:
            message = AnyMessage()
            message.Pack(detail)
            packed.append(message)
        status = Status(code=number, message=self.message, details=packed)
        data: bytes = status.SerializeToString()
        return data


class FakeDaypass:
    """A server on a free port of this machine; it answers what is queued.

    Args:
        tls: what it shows, and asks of clients; None for none, in clear.
    """

    def __init__(self, tls: grpc.ServerCredentials | None = None) -> None:
        self.calls: list[ReceivedCall] = []
        self._answers: deque[bytes | Refusal | Callable[[], Message]] = deque()
        self._streams: defaultdict[str, deque[Iterator[bytes | Refusal]]]
        self._streams = defaultdict(deque)
        self._executor = ThreadPoolExecutor(max_workers=4)
        self._server = grpc.server(self._executor, options=(("grpc.so_reuseport", 0),))
        self._server.add_generic_rpc_handlers((_AnyMethod(self),))
        if tls is None:
            port = self._server.add_insecure_port("127.0.0.1:0")
            self.endpoint = f"127.0.0.1:{port}"
        else:
            port = self._server.add_secure_port("127.0.0.1:0", tls)
            self.endpoint = f"https://localhost:{port}"
        self._server.start()

    def stop(self) -> None:
        """Ends the server and its threads."""
        self._server.stop(grace=None).wait()
        self._executor.shutdown(wait=True)

    def answer(self, *messages: Message | bytes) -> None:
        """Queues answers, each for one call."""
        self._answers.extend(
            message if isinstance(message, bytes) else message.SerializeToString()
            for message in messages
        )

    def answer_by(self, make: Callable[[], Message]) -> None:
        """Queues an answer that is made when its call has come, which may take time."""
        self._answers.append(make)

    def forget(self) -> None:
        """Drops what is queued and was not asked for."""
        self._answers.clear()

    def refuse(self, *refusals: Refusal) -> None:
        """Queues failures, each for one call."""
        self._answers.extend(refusals)

    def stream(self, messages: Iterable[Message | Refusal]) -> None:
        """Queues the messages of one stream; they are taken as they are sent."""
        self.stream_of("", messages)

    def stream_of(self, method: str, messages: Iterable[Message | Refusal]) -> None:
        """Queues the messages of one stream of a method."""
        self._streams[method].append(
            message if isinstance(message, Refusal) else message.SerializeToString()
            for message in messages
        )

    def profile(self, credentials: Credentials | None = None) -> Profile:
        """Returns a profile that leads here."""
        return Profile(endpoint=Endpoint.parse(self.endpoint), credentials=credentials)

    def serve(self, call: ReceivedCall, context: grpc.ServicerContext) -> bytes:
        """Answers one call."""
        self.calls.append(call)
        if not self._answers:
            context.abort(grpc.StatusCode.INTERNAL, "nothing is queued")
        answer = self._answers.popleft()
        if isinstance(answer, Refusal):
            _refuse(answer, context)
        return answer if isinstance(answer, bytes) else answer().SerializeToString()

    def serve_stream(
        self, call: ReceivedCall, context: grpc.ServicerContext
    ) -> Iterator[bytes]:
        """Answers one call that stays open."""
        self.calls.append(call)
        name = call.method.rpartition("/")[2]
        queue = self._streams[name] or self._streams[""]
        if not queue:
            context.abort(grpc.StatusCode.UNAVAILABLE, "no stream is queued")
        for message in queue.popleft():
            if isinstance(message, Refusal):
                _refuse(message, context)
            yield message


def _refuse(refusal: Refusal, context: grpc.ServicerContext) -> NoReturn:
    if refusal.details or refusal.raw:
        context.set_trailing_metadata((("grpc-status-details-bin", refusal.status()),))
    context.abort(refusal.code, refusal.message)


class _AnyMethod(grpc.GenericRpcHandler):
    """Takes any method, with its request in bytes; `Watch…` are streams."""

    def __init__(self, fake: FakeDaypass) -> None:
        self._fake = fake

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        """Returns what answers a call of the method."""
        method = handler_call_details.method

        def received(body: bytes, context: grpc.ServicerContext) -> ReceivedCall:
            metadata = dict(context.invocation_metadata())
            return ReceivedCall(method, body, metadata, context.time_remaining())

        def behave(body: bytes, context: grpc.ServicerContext) -> bytes:
            return self._fake.serve(received(body, context), context)

        def follow(body: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            return self._fake.serve_stream(received(body, context), context)

        if "/Watch" in method:
            return grpc.unary_stream_rpc_method_handler(follow)
        return grpc.unary_unary_rpc_method_handler(behave)


def refusal(
    code: grpc.StatusCode,
    reason: str,
    message: str = "It is refused",
    *,
    decision_id: str | None = None,
    violations: Iterable[tuple[str, str]] = (),
    retry_delay: timedelta | None = None,
    sign_anew: bool = False,
) -> Refusal:
    """Returns a failure with the details that Daypass sends."""
    metadata = {"request_id": "request-1", "http_status": "403"}
    if decision_id is not None:
        metadata["decision_id"] = decision_id
    if sign_anew:
        metadata["sign_anew"] = "true"
    details: list[Message] = [
        ErrorInfo(reason=reason, domain="sts.daypass.dev", metadata=metadata)
    ]
    fields = [
        BadRequest.FieldViolation(field=field, description=description)
        for field, description in violations
    ]
    if fields:
        details.append(BadRequest(field_violations=fields))
    if retry_delay is not None:
        retry = RetryInfo()
        retry.retry_delay.FromTimedelta(retry_delay)
        details.append(retry)
    return Refusal(code, message, tuple(details))


def credentials_of(seed: int, *, temporary: bool = True) -> Credentials:
    """Returns credentials that nobody has issued, the same for the same seed."""
    random = Random(seed)  # noqa: S311 - repeatable on purpose.
    prefix = "ASIA" if temporary else "AKIA"
    secret = "".join(random.choices(ascii_letters + digits + "+/", k=40))
    token = "".join(random.choices(ascii_letters + digits + "._-", k=64))
    return Credentials.of(
        prefix + "".join(random.choices(_BASE32, k=16)),
        secret,
        token if temporary else None,
    )
