"""Messages of SessionService, to and from the values of its use cases."""

from __future__ import annotations

from daypass.api.session.v1 import session_service_pb2 as pb
from daypass.core.session import SessionRecord
from daypass.rpc.convert import sent_text, session_kind, timestamp
from daypass.sts.revoke_sessions import RevokeSessionsRequest, RevokeSessionsResult
from daypass.sts.session_targets import PrincipalChoice
from daypass.sts.sessions import ListSessionsRequest, SessionList


def session(record: SessionRecord) -> pb.Session:
    """Returns a session as operators see it."""
    return pb.Session(
        access_key_id=record.access_key_id,
        kind=session_kind(record.kind),
        account_id=record.account_id,
        principal_id=record.principal_id,
        principal_arn=record.principal_arn,
        session_name=record.session_name,
        issue_time=timestamp(record.issue_time),
        expire_time=timestamp(record.expire_time),
        requester_arn=record.issued_to,
        parent_access_key_id=record.parent_access_key_id,
        origin_id=record.origin_id,
        source_identity=record.source_identity or "",
    )


def list_sessions_request(message: pb.ListSessionsRequest) -> ListSessionsRequest:
    """Returns whose sessions to list, and which page."""
    return ListSessionsRequest(
        whose=PrincipalChoice(
            role_arn=sent_text(message, "role_arn"),
            user_arn=sent_text(message, "user_arn"),
        ),
        page_size=message.page_size,
        page_token=message.page_token,
    )


def list_sessions_response(page: SessionList) -> pb.ListSessionsResponse:
    """Returns a page of sessions."""
    return pb.ListSessionsResponse(
        sessions=[session(record) for record in page.records],
        next_page_token=page.next_page_token,
    )


def revoke_sessions_request(message: pb.RevokeSessionsRequest) -> RevokeSessionsRequest:
    """Returns what to revoke; a target that was sent empty is still a target."""
    return RevokeSessionsRequest(
        access_key_id=sent_text(message, "access_key_id"),
        whose=PrincipalChoice(
            role_arn=sent_text(message, "role_arn"),
            user_arn=sent_text(message, "user_arn"),
        ),
        account_id=sent_text(message, "account_id"),
        reason=message.reason,
    )


def revoke_sessions_response(result: RevokeSessionsResult) -> pb.RevokeSessionsResponse:
    """Returns the number of a revocation and how far it has come."""
    return pb.RevokeSessionsResponse(
        sequence=result.sequence, effective_everywhere=result.effective_everywhere
    )
