"""AuthenticateRequest: who signed this HTTP request that somebody else received?

A request whose proof is not good is an answer and not an error: an error would be
mistaken for a fault of the asker's own proof.

SPEC: design 4; sts-operations 3.4 and 3.5; attacks V02 to V19.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from daypass.core.principal import AccountPrincipal
from daypass.core.session import Session
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sts.access_question import AccessQuestion
from daypass.sts.authorize_access import AccessAnswer
from daypass.sts.caller import Caller
from daypass.sts.pipeline import Invocation


@dataclass(frozen=True, slots=True)
class AuthenticateRequestQuery:
    """A request, and what the asker expects of its signature.

    Attributes:
        request: the request as the asker received it.
        expectations: the service that it must be signed for, and what is allowed.
        regions: the regions that it may be signed for; empty means any.
        question: what to decide about whoever signed it, or None.
    """

    request: HttpRequest
    expectations: HttpExpectations
    regions: tuple[str, ...] = ()
    question: AccessQuestion | None = None


@dataclass(frozen=True, slots=True)
class AuthenticatedRequest:
    """A request whose signature is good.

    Attributes:
        principal: who signed.
        access_key_id: with which credentials.
        session: their session, or None with long-term keys.
        region: the region that it was signed for.
        service: the service that it was signed for.
        sign_time: when it says that it was signed.
        expire_time: the last instant that it is good at, if it is presigned;
            otherwise None.
        signed_headers: the names of the headers that the signature covers, in lower
            case and sorted. Any other header may have been added or changed.
        signed_path: the path that the signature covers. It differs from the one that
            came where that had empty, `.` or `..` segments: serve this one, or refuse.
        payload_sha256: the hash of the body that the signature covers, in lower-case
            hex, or None where it covers no body. Where the asker gave no hash it is
            for the asker to compare.
        revocation_view_age: how long ago revocations were last read.
        access: the answer to the question, if there was one.
    """

    principal: AccountPrincipal
    access_key_id: str
    session: Session | None
    region: str
    service: str
    sign_time: datetime
    expire_time: datetime | None
    signed_headers: tuple[str, ...]
    signed_path: str
    payload_sha256: str | None
    revocation_view_age: timedelta
    access: AccessAnswer | None = None


@dataclass(frozen=True, slots=True)
class RequestRejection:
    """Why the proof of a request is not good.

    Attributes:
        reason: the AWS code, such as `SignatureDoesNotMatch`.
        message: what AWS would tell the sender.
    """

    reason: str
    message: str


class AccessDecider(Protocol):
    """Decides questions about callers who are proven already."""

    async def authorize(
        self, subject: Caller, question: AccessQuestion, invocation: Invocation
    ) -> AccessAnswer:
        """Returns the answer; a denial is one.

        Args:
            subject: about whom it is asked.
            question: what is asked.
            invocation: who asks, and where it is recorded.

        Raises:
            ValidationError: the question is malformed.
            AccessDeniedError: the asker may not ask, or not about this resource.
        """
        ...
