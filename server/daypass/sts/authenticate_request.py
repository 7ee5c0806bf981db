"""AuthenticateRequest: who signed this HTTP request that somebody else received?

A request whose proof is not good is an answer and not an error: an error would be
mistaken for a fault of the asker's own proof.

SPEC: design 4; sts-operations 3.4 and 3.5; attacks V02 to V19.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Protocol

from daypass.core import limits
from daypass.core.errors import RejectedError
from daypass.core.principal import AccountPrincipal
from daypass.core.session import Session
from daypass.core.validation import TextRule, Violations
from daypass.sigv4.http_proof import HttpProof, read_http_proof
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sts.access_question import AccessQuestion
from daypass.sts.audit import AuditEntry
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.authorize_access import AccessAnswer
from daypass.sts.caller import Caller
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.prove import SigV4Prover, record_claim
from daypass.sts.revocation_view import RevocationView

_SCOPE_PATTERN: Final = "[A-Za-z0-9_-]+"
_SCOPE_WORD: Final = TextRule(
    1,
    limits.SIGNED_SCOPE_WORD_CHARACTERS_MAX,
    re.compile(_SCOPE_PATTERN, re.ASCII),
    _SCOPE_PATTERN,
)
_HASH_PATTERN: Final = "[0-9a-f]{64}"
_HASH: Final = TextRule(
    characters=re.compile(_HASH_PATTERN, re.ASCII), pattern=_HASH_PATTERN
)
_SCHEME_PATTERN: Final = "(https?)?"
_SCHEME: Final = TextRule(
    characters=re.compile(_SCHEME_PATTERN, re.ASCII), pattern=_SCHEME_PATTERN
)


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


class AuthenticateRequest:
    """The operation.

    Args:
        prover: finds out whose proof it is.
        revocations: tells how fresh the answer is.
        authorizers: decides whether the caller may ask.
        decider: answers the question about whoever signed the request.
    """

    name: ClassVar[str] = "AuthenticateRequest"
    grants: ClassVar[bool] = False

    def __init__(
        self,
        *,
        prover: SigV4Prover,
        revocations: RevocationView,
        authorizers: AuthorizerFactory,
        decider: AccessDecider,
    ) -> None:
        self._prover = prover
        self._revocations = revocations
        self._authorizers = authorizers
        self._decider = decider

    async def perform(
        self, request: AuthenticateRequestQuery, invocation: Invocation
    ) -> AuthenticatedRequest | RequestRejection:
        """Finds out who signed a request.

        Raises:
            ValidationError: what the asker expects is malformed, or the question.
            MalformedPolicyDocumentError: the resource policy of the question is.
            AccessDeniedError: the caller may not ask, or not this question.
            RevocationViewStaleError: this worker cannot know.
        """
        _check(request)
        target = Target("*", invocation.caller.principal.account_id)
        self._authorizers.authorize(target, {}, invocation).require(
            "daypass:AuthenticateRequest"
        )
        audit = invocation.audit
        audit.attributes["service"] = request.expectations.service
        try:
            proof, signer = self._prove(request, audit)
        except RejectedError as error:
            audit.attributes["verdict"] = error.row.reason
            audit.attributes["rejection"] = error.detail
            return RequestRejection(error.row.reason, error.message)
        audit.attributes["verdict"] = "VALID"
        audit.resource = signer.principal.arn
        access = None
        if request.question is not None:
            access = await self._decider.authorize(signer, request.question, invocation)
        return self._answer(proof, signer, access)

    def _prove(
        self, request: AuthenticateRequestQuery, audit: AuditEntry
    ) -> tuple[HttpProof, Caller]:
        proof = read_http_proof(request.request, request.expectations)
        record_claim(audit, proof)
        return proof, self._prover.prove(proof, regions=request.regions)

    def _answer(
        self, proof: HttpProof, signer: Caller, access: AccessAnswer | None
    ) -> AuthenticatedRequest:
        signed = signer.signed_call
        assert signed is not None, "whoever was proven has signed"
        return AuthenticatedRequest(
            principal=signer.principal,
            access_key_id=signer.access_key_id,
            session=signer.session,
            region=signer.region,
            service=proof.service,
            sign_time=proof.signed_at,
            expire_time=proof.expire_time,
            signed_headers=proof.signed_headers,
            signed_path=proof.signed_path,
            payload_sha256=signed.payload_sha256,
            revocation_view_age=self._revocations.age,
            access=access,
        )


def _check(query: AuthenticateRequestQuery) -> None:
    """Checks what the asker says; what the sender said is judged, and not checked."""
    found = Violations()
    service, request = query.expectations.service, query.request
    found.require(("service",), service)
    if service:
        found.check_text(("service",), service, _SCOPE_WORD)
    found.check_count(("regions",), len(query.regions), most=limits.SIGNED_REGIONS_MAX)
    for index, region in enumerate(query.regions[: limits.SIGNED_REGIONS_MAX]):
        found.check_text(("regions", index), region, _SCOPE_WORD)
    found.require(("request", "method"), request.method)
    found.require(("request", "path"), request.path)
    found.check_text(("request", "payload_sha256"), request.payload_sha256, _HASH)
    found.check_text(("request", "scheme"), request.scheme, _SCHEME)
    found.check_range(
        ("presigned_lifetime_max",),
        # Rounded towards what is refused: half a second is no second.
        int(query.expectations.presigned_lifetime_max.total_seconds()),
        least=1,
        most=int(limits.PRESIGNED_LIFETIME_MAX.total_seconds()),
    )
    found.raise_if_any()
