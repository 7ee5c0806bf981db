"""Sends calls that were signed beforehand, as bytes, so that the load costs little.

A client of gRPC in Python would be slower than the server that it measures. Here
the frames of every call are made before the clock starts; afterwards they are
written, and the ends of streams counted. An answer counts when it brought a message:
a refusal brings none.

SPEC: RFC 9113 and RFC 7541, just enough of them.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

Metadata = Sequence[tuple[str, str]]

CONNECTIONS: Final = 4
STREAMS: Final = 16

_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING, _GOAWAY = 0, 1, 3, 4, 6, 7
_WINDOW_UPDATE: Final = 8
_ACK, _END_STREAM, _END_HEADERS = 1, 1, 4
_PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_INITIAL_WINDOW: Final = 4
_WINDOW: Final = (1 << 31) - 1
_WINDOW_DEFAULT: Final = 65_535
_HEADER_BYTES: Final = 9
# What a server takes that has not said otherwise.
_FRAME_BYTES_MAX: Final = 16_384
_READ_BYTES: Final = 1 << 18
# The first entry of the dynamic table, behind those that RFC 7541 lists.
_DYNAMIC: Final = 62
_LOAD_SECONDS_MAX: Final = 60.0
# Which of the constant entries is the method.
_PATH: Final = 2


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the message, and the entries that differ from call to call.

    Attributes:
        message: the request.
        metadata: entries that no other call has.
        method: the full method, where it is not that of all calls.
    """

    message: bytes
    metadata: Metadata = ()
    method: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What a load came to."""

    calls: int
    refused: int
    seconds: float

    @property
    def per_second(self) -> float:
        """How many calls were answered in a second."""
        return self.calls / self.seconds


def send_calls(address: str, method: str, calls: Sequence[Call]) -> Load:
    """Sends each call once, over a few connections, and waits for all answers."""
    lanes = [
        Lane(address, encoded(method, calls[number::CONNECTIONS]))
        for number in range(CONNECTIONS)
    ]
    with selectors.DefaultSelector() as selector:
        for lane in lanes:
            selector.register(lane.connected, selectors.EVENT_READ, lane)
        begun = time.perf_counter()
        for lane in lanes:
            lane.send(STREAMS)
        while any(lane.waits for lane in lanes):
            if time.perf_counter() - begun > _LOAD_SECONDS_MAX:
                raise TimeoutError("the server does not answer")
            for key, _ in selector.select(1):
                key.data.receive()
        seconds = time.perf_counter() - begun
    for lane in lanes:
        lane.connected.close()
    return Load(len(calls), sum(lane.refused for lane in lanes), seconds)


@dataclass(frozen=True, slots=True)
class Frames:
    """The frames of one call, and how much of the window they take."""

    raw: bytes
    size: int


@dataclass(slots=True)
class Lane:
    """One connection, with the frames that it is still to send.

    Attributes:
        address: the server.
        waiting: the frames of each call.
        connected: the socket.
        refused: calls that ended without a message.
        answers: by number of the call, the messages of those that are kept.
        keeps: whether messages are kept.
    """

    address: str
    waiting: list[Frames]
    connected: socket.socket = field(init=False)
    refused: int = 0
    answers: dict[int, bytes] = field(default_factory=dict)
    keeps: bool = False
    _sent: int = 0
    # How many more calls may be begun, and how many bytes of data may be sent.
    _open: int = 0
    _window: int = _WINDOW_DEFAULT
    _ended: int = 0
    _received: bytearray = field(default_factory=bytearray)
    _answered: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Connects, and says how much may come before it is asked for."""
        host, _, port = self.address.rpartition(":")
        self.connected = socket.create_connection((host, int(port)))
        self.connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wide = _INITIAL_WINDOW.to_bytes(2, "big") + _WINDOW.to_bytes(4, "big")
        more = (_WINDOW - _WINDOW_DEFAULT).to_bytes(4, "big")
        self.connected.sendall(
            _PREFACE
            + _frame(_SETTINGS, 0, 0, wide)
            + _frame(_WINDOW_UPDATE, 0, 0, more)
        )

    @property
    def waits(self) -> bool:
        """Whether an answer is due."""
        return self._ended < len(self.waiting)

    @property
    def ended(self) -> int:
        """How many calls have ended."""
        return self._ended

    def stop(self) -> None:
        """Sends no further call."""
        del self.waiting[self._sent :]

    def send(self, count: int) -> None:
        """Sends the next calls, as far as the server lets."""
        self._open += count
        frames: list[bytes] = []
        while self._open and self._sent < len(self.waiting):
            call = self.waiting[self._sent]
            if call.size > self._window:
                break
            self._open -= 1
            self._sent += 1
            self._window -= call.size
            frames.append(call.raw)
        if frames:
            self.connected.sendall(b"".join(frames))

    def receive(self) -> None:
        """Takes what has come, and sends as many calls as have ended."""
        came = self.connected.recv(_READ_BYTES)
        if not came:
            raise ConnectionError("the server has closed the connection")
        self._received += came
        before = self._ended
        for kind, flags, stream, payload in self._frames():
            self._take(kind, flags, stream, payload)
        self.send(self._ended - before)

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == _DATA and payload:
            self._answered.add(stream)
            if self.keeps:
                number = stream // 2
                self.answers[number] = self.answers.get(number, b"") + payload
        elif kind in (_SETTINGS, _PING) and not flags & _ACK:
            kept = payload if kind == _PING else b""
            self.connected.sendall(_frame(kind, _ACK, 0, kept))
        elif kind == _WINDOW_UPDATE and not stream:
            self._window += int.from_bytes(payload, "big")
        elif kind == _GOAWAY:
            raise ConnectionError("the server goes away")
        if stream and (kind == _RST_STREAM or flags & _END_STREAM):
            self._ended += 1
            if stream not in self._answered:
                self.refused += 1
            self._answered.discard(stream)

    def _frames(self) -> Iterator[tuple[int, int, int, bytes]]:
        view, start, size = self._received, 0, len(self._received)
        while size - start >= _HEADER_BYTES:
            length = int.from_bytes(view[start : start + 3], "big")
            end = start + _HEADER_BYTES + length
            if end > size:
                break
            stream = int.from_bytes(view[start + 5 : start + 9], "big")
            payload = bytes(view[start + _HEADER_BYTES : end])
            yield view[start + 3], view[start + 4], stream, payload
            start = end
        del view[:start]


def encoded(method: str, calls: Sequence[Call]) -> list[Frames]:
    """Returns the frames of calls, in the order in which one connection sends them.

    Args:
        method: that of the calls which name none.
        calls: what is sent; the first one names what later ones refer to.
    """
    method = calls[0].method or method if calls else method
    constant = (
        (":method", "POST"),
        (":scheme", "http"),
        (":path", method),
        (":authority", "localhost"),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
        ("user-agent", "daypass-loadtest"),
    )
    # The first call names what all calls have; the others refer to it, as clients do.
    first = b"".join(_literal(b"\x40", *entry) for entry in constant)
    count = len(constant)
    later = bytes(0x80 | (_DYNAMIC + count - 1 - each) for each in range(count))
    frames: list[Frames] = []
    for number, call in enumerate(calls):
        own = b"".join(_literal(b"\x00", *entry) for entry in call.metadata)
        block = (later if number else first) + own
        if number and call.method and call.method != method:
            path = _literal(b"\x00", ":path", call.method)
            block = later[:_PATH] + path + later[_PATH + 1 :] + own
        message = b"\x00" + len(call.message).to_bytes(4, "big") + call.message
        stream = 2 * number + 1
        if len(message) > _WINDOW_DEFAULT:
            raise ValueError(f"a message of {len(message)} bytes fits no window")
        raw = _frame(_HEADERS, _END_HEADERS, stream, block)
        parts = range(0, len(message), _FRAME_BYTES_MAX)
        for start in parts:
            flags = _END_STREAM if start == parts[-1] else 0
            part = message[start : start + _FRAME_BYTES_MAX]
            raw += _frame(_DATA, flags, stream, part)
        frames.append(Frames(raw, len(message)))
    return frames


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    length = len(payload).to_bytes(3, "big")
    return length + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def _literal(form: bytes, name: str, value: str) -> bytes:
    return form + _string(name) + _string(value)


def _string(text: str) -> bytes:
    """Returns a string of HPACK, without Huffman codes."""
    raw, most = text.encode("ascii"), 0x7F
    if len(raw) < most:
        return bytes((len(raw),)) + raw
    rest, length = len(raw) - most, bytearray((most,))
    while rest > most:
        length.append(0x80 | (rest & most))
        rest >>= 7
    length.append(rest)
    return bytes(length) + raw
