"""Bounds of the HTTP door, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# spec 3.1: the largest legal input is an assertion of 100,000 characters, which
# percent-encoding triples; or fifty tags of four-byte characters, about 230 KB.
BODY_BYTES_MAX: Final = 1_048_576
# attacks V30: what most calls have, session policies and tags included; every
# connection may have one, which comes to 64 MiB.
SMALL_BODY_BYTES_MAX: Final = 16_384
# Of larger ones, mostly SAML assertions, a worker holds this much at once.
LARGE_BODIES_BYTES_MAX: Final = 67_108_864
# What a connection may send of a body before anybody reads it.
UNREAD_BODY_BYTES_MAX: Final = 65_536
# spec 3.1: the request line and the headers. A presigned URL with our longest
# token is 5 KiB, and header and query never both carry one.
HEAD_BYTES_MAX: Final = 16_384
HEADERS_MAX: Final = 100
# attacks L30: fifty tags take 100 parameters, fifty transitive keys 50, and ten
# policies 10; five provided contexts take 10.
PARAMETERS_MAX: Final = 512
# spec 3.1, attacks V24: no list of the API is longer than fifty; what names a later
# member is refused before anything is made for it.
LIST_INDEX_MAX: Final = 100
# attacks V26: far more digits than any number has, leading zeros included.
INTEGER_CHARACTERS_MAX: Final = 32
# What an error says to a client; a parameter of a megabyte is not sent back.
MESSAGE_CHARACTERS_MAX: Final = 8_192

# spec 3.5: a presigned request is good for this long, whatever it says itself.
PRESIGNED_LIFETIME: Final = timedelta(minutes=15)

# attacks V21, V30: how long a head, and then a body, may take to arrive in whole.
HEAD_TIME_MAX: Final = timedelta(seconds=10)
BODY_TIME_MAX: Final = timedelta(seconds=10)
# How long a connection may be idle between two requests: longer than the 60 s that
# proxies and SDKs keep an idle connection for, so that they close it and not we.
IDLE_TIME_MAX: Final = timedelta(seconds=75)
# How long a client may take nothing of what was sent to it.
SEND_STALL_MAX: Final = timedelta(seconds=20)
# Connections of one worker, about 15 KiB each. For one that comes beyond, the one that
# has had no request for longest is closed; itself, where all of them have one.
CONNECTIONS_MAX: Final = 4_096
# How many wait for the loop to take them.
ACCEPT_BACKLOG: Final = 1_024
# Requests that one connection may have sent before the first is answered.
PIPELINED_MAX: Final = 64
# While the server drains, a connection that is idle for this long is closed: a
# request that had been sent by then has arrived.
DRAIN_IDLE: Final = timedelta(milliseconds=250)

# How long a probe waits for the store, and how long what it found is good for, so
# that nobody burdens the store by asking us.
PROBE_STORE_TIME_MAX: Final = timedelta(seconds=1)
PROBE_KEPT: Final = timedelta(seconds=1)
# How long the end of a TLS connection waits for the other side to agree.
TLS_END_TIME_MAX: Final = timedelta(seconds=2)
