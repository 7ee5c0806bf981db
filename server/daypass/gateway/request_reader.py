"""Reads the bytes of a connection into requests, each of which has one reading.

Heads are bounded in size, and what could be framed in two ways is refused. Bodies in
chunks are refused whole: no SDK sends them, and they are half of what request
smuggling is made of.

SPEC: RFC 9112; attacks V06, V07, V20, V21 and V30.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import httptools

from daypass.core import http_limits
from daypass.gateway.exchange import HeaderNames, Peer, Received, header_names
from daypass.gateway.turn import Turn

# NOTE: a target of another form than `/path` names another server, or none.
_TARGET_START: Final = b"/"
_FRAGMENT: Final = b"#"
_ROOT: Final = b"/"
_OLD_VERSION: Final = "1.0"
_VERSIONS: Final = frozenset({_OLD_VERSION, "1.1"})
# Longer lists are of nobody that asks twice, and would fill the memory of those.
_NAME_BYTES_KEPT: Final = 1_024
_NAMES_KEPT: Final = 256
_CHUNKED: Final = "transfer-encoding"
_LENGTH: Final = "content-length"
_EXPECT: Final = "expect"
_CONTINUE: Final = "100-continue"


class FramingError(Exception):
    """What came is no request that has one reading."""


class RequestReader:
    """Reads what one connection sends.

    Args:
        peer: the other end of the connection.
        on_request: takes a request whose head is whole; it may refuse it with a
            `FramingError`.
        on_wanted: called when the body of a request begins to be read.
        on_crowded: called when much of a body has come that nobody reads.

    Attributes:
        upgraded: whether what follows is in a language that is not spoken here.
    """

    def __init__(
        self,
        peer: Peer,
        *,
        on_request: Callable[[Turn], None],
        on_wanted: Callable[[Turn], None],
        on_crowded: Callable[[], None],
    ) -> None:
        self.upgraded = False
        self._peer = peer
        self._on_request = on_request
        self._on_wanted = on_wanted
        self._on_crowded = on_crowded
        self._parser = httptools.HttpRequestParser(self)
        # What follows a last request is not looked at, and does not spoil its answer.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._between = True
        self._begun = False
        # Of a head that has not ended, as it comes.
        self._head_bytes = 0
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._turn: Turn | None = None

    @property
    def in_head(self) -> bool:
        """Whether a part of a head has come, and not all of it."""
        return self._begun or self._head_bytes > 0

    def feed(self, data: bytes) -> None:
        """Takes what has come.

        Raises:
            FramingError: it is no request, or one that has no single reading.
        """
        if self._between:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The request is answered as if it asked for nothing else; what
            # follows it is in no language that is spoken here.
            self.upgraded = True
        except httptools.HttpParserError as error:
            raise FramingError("malformed") from error
        if self._between and self._head_bytes > http_limits.HEAD_BYTES_MAX:
            raise FramingError("head_too_long")

    def close(self) -> None:
        """Lets go of whoever is told; nothing is fed any more."""
        del self._parser, self._on_request, self._on_wanted, self._on_crowded

    def on_message_begin(self) -> None:
        """Begins a request; the parser calls this and what follows."""
        self._begun = True
        self._target = b""
        self._headers = []

    def on_url(self, url: bytes) -> None:
        """Takes a part of the target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header."""
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Hands on a request whose head is whole."""
        parser, target, headers = self._parser, self._target, self._headers
        names = tuple([name for name, _ in headers])
        values = [value for _, value in headers]
        size = len(target) + sum(map(len, names)) + sum(map(len, values))
        # NOTE: of a head that does not end `feed` counts the bytes.
        if size > http_limits.HEAD_BYTES_MAX:
            raise FramingError("head_too_long")
        if len(headers) > http_limits.HEADERS_MAX:
            raise FramingError("headers_too_many")
        if not target.startswith(_TARGET_START) or _FRAGMENT in target:
            raise FramingError("target_form")
        version = parser.get_http_version()
        if version not in _VERSIONS:
            raise FramingError("version")
        received = self._received(target, _names(names), values)
        upgrades = parser.should_upgrade()
        if _CHUNKED in received.names:
            raise FramingError("body_in_chunks")
        if upgrades and _LENGTH in received.names:
            # The parser takes the body for the other protocol.
            raise FramingError("upgrade_with_body")
        turn = Turn(
            received,
            keep_alive=version != _OLD_VERSION
            and not upgrades
            and parser.should_keep_alive(),
            awaits_continue=_EXPECT in received.names and _asks_first(received),
            on_wanted=self._on_wanted,
        )
        self._on_request(turn)
        self._turn = turn
        self._between = self._begun = False
        self._head_bytes = 0

    def _received(
        self, target: bytes, names: HeaderNames, values: list[bytes]
    ) -> Received:
        path, query = _ROOT, None
        if target != _ROOT:
            parsed = httptools.parse_url(target)
            path, query = parsed.path, parsed.query
        texts = [value.decode("latin-1") for value in values]
        peer = self._peer
        return Received(
            self._parser.get_method().decode("ascii"),
            path.decode("ascii"),
            query or b"",
            tuple(zip(names.names, texts, strict=True)),
            peer.address,
            peer.secure,
            peer.certificate,
            names.plain,
        )

    def on_body(self, part: bytes) -> None:
        """Takes a part of a body."""
        turn = self._turn
        assert turn is not None, "a body follows a head"
        turn.add(part)
        if turn.size > http_limits.UNREAD_BODY_BYTES_MAX and not turn.wanted:
            self._on_crowded()

    def on_message_complete(self) -> None:
        """Ends a request; another may follow."""
        turn = self._turn
        assert turn is not None, "a request ends after its head"
        turn.end()
        self._between = True


def _names(raw: tuple[bytes, ...]) -> HeaderNames:
    """Returns the names of headers, of which clients send few lists."""
    short = sum(map(len, raw)) <= _NAME_BYTES_KEPT
    return _known_names(raw) if short else header_names(raw)


_known_names: Final = lru_cache(maxsize=_NAMES_KEPT)(header_names)


def _asks_first(received: Received) -> bool:
    """Tells whether the client waits to be asked for its body."""
    return any(value.lower() == _CONTINUE for value in received.values(_EXPECT))
