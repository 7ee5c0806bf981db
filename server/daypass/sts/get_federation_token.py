"""GetFederationToken: credentials for a name that the caller vouches for.

What they permit is what both the caller's own policies and the session policies
allow; without any session policy that is nothing.

SPEC: sts-operations 0.6, 0.7, 0.9 and 1.9; policy-language 7.3 and 7.5; details 17,
19, 21, 24 and 25.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from daypass.core import limits
from daypass.core.credentials import Credentials
from daypass.core.ports import Snapshot
from daypass.core.principal import FederatedUser
from daypass.core.session import SessionKind, SessionPolicies
from daypass.core.validation import (
    NAME_CHARACTERS,
    NAME_PATTERN,
    POLICY_CHARACTERS,
    POLICY_PATTERN,
    TextRule,
    Violations,
)
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.context import ContextKeys, names, tag_keys
from daypass.sts.issue import SessionDraft, SessionIssuer
from daypass.sts.long_term_caller import (
    check_duration,
    granted_duration,
    long_term_principal,
    principal_id_of,
)
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.request_rules import check_policy_arns, check_token_size
from daypass.sts.session_policies import (
    SessionPolicyReader,
    check_managed_policies,
    check_size,
)
from daypass.sts.tags import Tag, check_tag_conflicts, check_tag_fields

_GET_FEDERATION_TOKEN: Final = "sts:GetFederationToken"  # noqa: S105 - an action.
_TAG_SESSION: Final = "sts:TagSession"
_NAME: Final = TextRule(
    limits.FEDERATED_NAME_CHARACTERS_MIN,
    limits.FEDERATED_NAME_CHARACTERS_MAX,
    NAME_CHARACTERS,
    NAME_PATTERN,
)
_POLICY: Final = TextRule(
    1, limits.FEDERATION_POLICY_CHARACTERS_MAX, POLICY_CHARACTERS, POLICY_PATTERN
)


@dataclass(frozen=True, slots=True)
class GetFederationTokenRequest:
    """The parameters as they were sent; None means that one was not."""

    name: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    duration_seconds: int | None = None
    tags: tuple[Tag, ...] = ()
    minimum_session_token_size: int | None = None


@dataclass(frozen=True, slots=True)
class GetFederationTokenResult:
    """The answer of GetFederationToken.

    `packed_policy_percent` is None where there are neither policies nor tags.
    """

    credentials: Credentials
    federated_user_id: str
    federated_user_arn: str
    packed_policy_percent: int | None
    session_token_bytes: int


class GetFederationToken:
    """The operation.

    Args:
        directory: managed policies.
        authorizers: decides.
        session_policies: reads session policies.
        issuer: makes the session.
    """

    name: ClassVar[str] = "GetFederationToken"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        session_policies: SessionPolicyReader,
        issuer: SessionIssuer,
    ) -> None:
        self._directory = directory
        self._authorizers = authorizers
        self._session_policies = session_policies
        self._issuer = issuer

    async def perform(
        self, request: GetFederationTokenRequest, invocation: Invocation
    ) -> GetFederationTokenResult:
        """Checks, decides and issues.

        Raises:
            RejectedError: a parameter is wrong or the answer is no.
            StoreUnavailableError: nothing was issued.
        """
        principal = long_term_principal(invocation.caller, self.name)
        policies = self._validate(request)
        guest = FederatedUser(
            principal.partition, principal.account_id, request.name or "", principal
        )
        invocation.audit.resource = guest.arn
        directory = self._directory.current()
        self._authorize(request, guest, directory, invocation)
        check_managed_policies(policies, guest.account_id, directory)
        draft = SessionDraft(
            kind=SessionKind.FEDERATED_USER,
            account_id=guest.account_id,
            principal_id=principal_id_of(principal),
            principal_arn=principal.arn,
            duration=granted_duration(request.duration_seconds, principal),
            tags={tag.key: tag.value for tag in request.tags},
            transitive_tag_keys=frozenset(),
            source_identity=None,
            policies=policies,
            token_size_min=request.minimum_session_token_size or 0,
        )
        issued = await self._issuer.issue(draft, guest.name, invocation)
        invocation.audit.issued_access_key_id = issued.access_key_id
        return GetFederationTokenResult(
            credentials=issued.credentials,
            federated_user_id=guest.user_id,
            federated_user_arn=guest.arn,
            packed_policy_percent=issued.packed_policy_percent,
            session_token_bytes=issued.session_token_bytes,
        )

    def _validate(self, request: GetFederationTokenRequest) -> SessionPolicies:
        """Checks every parameter that needs no policy, and returns the policies."""
        found = Violations()
        found.require(("name",), request.name)
        if request.name:
            found.check_text(("name",), request.name, _NAME)
        found.check_text(("policy",), request.policy, _POLICY)
        check_policy_arns(request.policy_arns, found)
        check_duration(request.duration_seconds, found)
        check_tag_fields(request.tags, (), found)
        check_token_size(request.minimum_session_token_size, found)
        found.raise_if_any()
        check_tag_conflicts(request.tags, (), {})
        policies = SessionPolicies(request.policy, request.policy_arns)
        check_size(policies)
        if policies.inline is not None:
            self._session_policies.parse(policies.inline)
        return policies

    def _authorize(
        self,
        request: GetFederationTokenRequest,
        guest: FederatedUser,
        directory: Directory,
        invocation: Invocation,
    ) -> None:
        """Asks for every action that the call takes; the first refused one counts."""
        authorization = self._authorizers.authorize(
            Target(guest.arn, guest.account_id),
            _context_keys(request, guest),
            invocation,
            directory=directory,
        )
        authorization.require(_GET_FEDERATION_TOKEN)
        if request.tags:
            authorization.require(_TAG_SESSION)


def _context_keys(
    request: GetFederationTokenRequest, guest: FederatedUser
) -> Mapping[str, str | Sequence[str]]:
    keys: ContextKeys = {"aws:ResourceAccount": guest.account_id}
    if request.tags:
        tags = {tag.key: tag.value for tag in request.tags}
        keys["aws:TagKeys"] = names(tags)
        keys.update(tag_keys("aws:RequestTag", tags))
    return keys
