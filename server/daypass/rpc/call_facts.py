"""The facts of a call, read from the connection and never from what it claims.

`x-forwarded-for` and its kin are ignored (attacks G28). What a client calls itself
and which trace it is part of are claims, and are kept as such.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote

import grpc.aio

from daypass.core import limits
from daypass.core.ports import Entropy
from daypass.core.request_ids import new_request_id
from daypass.core.trace_context import TraceParent
from daypass.sts.caller import CallContext

ServicerContext = grpc.aio.ServicerContext[Any, Any]
RequestMetadata = Iterable[tuple[str, str | bytes]]

_PEERS_REMEMBERED: Final = 4_096
_TRACE_PARENT_KEY: Final = "traceparent"
_USER_AGENT_KEY: Final = "user-agent"


def new_call(
    context: ServicerContext, entropy: Entropy
) -> tuple[CallContext, RequestMetadata]:
    """Gathers the facts of a call that has just come in, and gives it an id.

    Returns:
        The facts, and the metadata as received.
    """
    # Our own engine tells all at once; grpc.aio makes each anew when it is asked.
    at_once = getattr(context, "facts", None)
    metadata, peer, handshake = at_once() if at_once else _facts(context)
    user_agent: str | None = None
    parents: tuple[str, ...] = ()
    for key, value in metadata:
        # gRPC hands on one value of either at the most, whatever came.
        if key == _USER_AGENT_KEY and isinstance(value, str):
            user_agent = value[: limits.USER_AGENT_CHARACTERS_MAX]
        elif key == _TRACE_PARENT_KEY and isinstance(value, str):
            parents = (*parents, value)
    call = CallContext(
        new_request_id(entropy),
        source_address(peer),
        user_agent,
        bool(handshake) and _is_tls(handshake),
        TraceParent.read(parents) if parents else None,
    )
    return call, metadata


def _facts(
    context: ServicerContext,
) -> tuple[RequestMetadata, str, Mapping[str, Iterable[bytes]]]:
    metadata = context.invocation_metadata() or ()
    return metadata, context.peer(), context.auth_context()


@lru_cache(maxsize=_PEERS_REMEMBERED)
def source_address(peer: str) -> str | None:
    """Returns the IP address in gRPC's name of a peer, or None where it has none.

    An IPv4 address that came through an IPv6 socket is an IPv4 address, because
    policies name it so.
    """
    family, _, rest = peer.partition(":")
    if family not in {"ipv4", "ipv6"}:
        return None
    host = unquote(rest).rpartition(":")[0].strip("[]").partition("%")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(address)


def _is_tls(facts: Mapping[str, Iterable[bytes]]) -> bool:
    return list(facts.get("transport_security_type", ())) == [b"ssl"]
