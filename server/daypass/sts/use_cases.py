"""Every use case that the doors offer, as one value that the root fills in."""

from __future__ import annotations

from dataclasses import dataclass

from daypass.core.secret import Secret
from daypass.core.session import SessionRecord
from daypass.sts.account_operations import CallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.batch import BatchAssumeRole
from daypass.sts.key_set import GetKeySet
from daypass.sts.pipeline import Pipeline
from daypass.sts.revoke_sessions import RevokeSessionsRequest, RevokeSessionsResult
from daypass.sts.sessions import ListSessionsRequest, SessionList
from daypass.sts.verify_token import Verdict, VerifiedToken


@dataclass(frozen=True, slots=True)
class UseCases:
    """The use cases; each pipeline takes a request, a caller and a call."""

    assume_role: Pipeline[AssumeRoleRequest, AssumeRoleResult]
    batch_assume_role: BatchAssumeRole
    get_caller_identity: Pipeline[None, CallerIdentity]
    get_access_key_info: Pipeline[str, str]
    verify_token: Pipeline[Secret, VerifiedToken | Verdict]
    get_session: Pipeline[str, SessionRecord]
    list_sessions: Pipeline[ListSessionsRequest, SessionList]
    revoke_sessions: Pipeline[RevokeSessionsRequest, RevokeSessionsResult]
    get_key_set: GetKeySet
