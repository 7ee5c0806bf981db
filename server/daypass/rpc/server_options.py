"""The options of the gRPC server, all written out.

With the default options one connection denies service to all others; the limit on
streams is what decides, the rest bounds what one connection can hold.

SPEC: attacks F1 to F3, G01 to G12; speed 2.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import grpc

from daypass.core import limits

_Options = tuple[tuple[str, int], ...]
# The bit of the one "algorithm" that compresses nothing.
_IDENTITY_ONLY: Final = 1 << grpc.Compression.NoCompression.value


def server_options(*, reuse_port: bool) -> _Options:
    """Returns the options; `reuse_port` lets several workers share an address."""
    return (
        # Streams, messages and metadata.
        ("grpc.max_concurrent_streams", limits.STREAMS_PER_CONNECTION_MAX),
        ("grpc.max_receive_message_length", limits.REQUEST_MESSAGE_BYTES_MAX),
        ("grpc.max_send_message_length", limits.RESPONSE_MESSAGE_BYTES_MAX),
        ("grpc.max_metadata_size", limits.METADATA_BYTES_SOFT_MAX),
        ("grpc.absolute_max_metadata_size", limits.METADATA_BYTES_MAX),
        # NOTE: a compressed request is refused before it is unfolded, and no
        # response puts secrets and a caller's text into one compressor (G08, G29).
        ("grpc.compression_enabled_algorithms_bitset", _IDENTITY_ONLY),
        ("grpc.default_compression_algorithm", grpc.Compression.NoCompression.value),
        # Pings: how often clients may, and when we ask whether they live.
        (
            "grpc.http2.min_ping_interval_without_data_ms",
            _milliseconds(limits.CLIENT_PING_INTERVAL_MIN),
        ),
        ("grpc.http2.max_ping_strikes", limits.CLIENT_PING_STRIKES_MAX),
        ("grpc.keepalive_time_ms", _milliseconds(limits.KEEPALIVE_INTERVAL)),
        ("grpc.keepalive_timeout_ms", _milliseconds(limits.KEEPALIVE_ANSWER_TIME_MAX)),
        ("grpc.keepalive_permit_without_calls", 1),
        # Connections.
        (
            "grpc.server_handshake_timeout_ms",
            _milliseconds(limits.HANDSHAKE_TIME_MAX),
        ),
        ("grpc.max_connection_idle_ms", _milliseconds(limits.CONNECTION_IDLE_MAX)),
        ("grpc.max_connection_age_ms", _milliseconds(limits.CONNECTION_AGE_MAX)),
        ("grpc.max_connection_age_grace_ms", _milliseconds(limits.CALL_DEADLINE_MAX)),
        ("grpc.so_reuseport", int(reuse_port)),
        # Bursts: what waits for the loop is not dropped by core; the dispatcher
        # turns away what is too much, and says when to come back.
        ("grpc.server.max_pending_requests", limits.PENDING_CALLS_MAX),
        ("grpc.server.max_pending_requests_hard_limit", limits.PENDING_CALLS_MAX),
        # No window into the process.
        ("grpc.enable_channelz", 0),
    )


def _milliseconds(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
