"""Messages of WatchRevocations, to and from the values of its use case."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from daypass.api.session.v1 import session_service_pb2 as pb
from daypass.core.revocation import Epoch, RevocationScope
from daypass.rpc.convert import timestamp
from daypass.sts.revocation_view import RevocationInForce
from daypass.sts.watch import RevocationNews

_SCOPES: Final[Mapping[RevocationScope, pb.Revocation.Scope.ValueType]] = (
    MappingProxyType(
        {
            RevocationScope.SESSION: pb.Revocation.SCOPE_SESSION,
            RevocationScope.PRINCIPAL: pb.Revocation.SCOPE_PRINCIPAL,
            RevocationScope.ACCOUNT: pb.Revocation.SCOPE_ACCOUNT,
            RevocationScope.TOKEN: pb.Revocation.SCOPE_TOKEN,
            RevocationScope.KEY: pb.Revocation.SCOPE_KEY,
        }
    )
)


def watch_revocations_request(message: pb.WatchRevocationsRequest) -> Epoch:
    """Returns how far the client knows a log; an empty name stands for none."""
    return Epoch(message.log_id, message.sequence)


def watch_revocations_response(news: RevocationNews) -> pb.WatchRevocationsResponse:
    """Returns a message of the stream."""
    response = pb.WatchRevocationsResponse(
        log_id=news.position.incarnation,
        sequence=news.position.sequence,
        restart=news.restart,
        revocations=map(_revocation, news.entries),
        complete=news.complete,
    )
    response.staleness.FromTimedelta(news.staleness)
    return response


def _revocation(entry: RevocationInForce) -> pb.Revocation:
    return pb.Revocation(
        sequence=entry.sequence,
        scope=_SCOPES[entry.scope],
        subject=entry.subject,
        keep_time=timestamp(entry.keep_until),
    )
