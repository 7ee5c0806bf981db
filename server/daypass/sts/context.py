"""The request context that policies ask about, built by the server alone.

Callers cannot set any of these keys; what a request carries becomes a key only
where the specification says so. An absent fact is an absent key, never "".

SPEC: policy-language 6.1 to 6.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from daypass.core.clock import to_epoch_seconds
from daypass.core.principal import (
    AccountPrincipal,
    FederatedUser,
    RoleSession,
    User,
)
from daypass.core.session import Session, SessionKind
from daypass.directory.model import Directory
from daypass.policy.context import RequestContext
from daypass.policy.folding import fold
from daypass.sts.caller import CallContext, Caller

# The characters of an instant in ISO 8601 up to the second.
_INSTANT: Final = 19

ContextKeys = dict[str, str | Sequence[str]]


def fold_tags(base: Mapping[str, str], overlay: Mapping[str, str]) -> dict[str, str]:
    """Lays tags over others; keys that are equal ignoring case replace each other."""
    if not overlay and not base:
        return {}
    # By the folding of the policy engine: a coarser one would let a tag of another
    # spelling hide one that policies ask about.
    merged = {fold(key): (key, value) for key, value in base.items()}
    merged.update({fold(key): (key, value) for key, value in overlay.items()})
    return dict(merged.values())


class ContextBuilder:
    """Builds the request context of one call of one caller.

    Args:
        directory: the snapshot that this request is decided by.
        now: the instant that this request is decided at.
    """

    def __init__(self, *, directory: Directory, now: datetime) -> None:
        self._directory = directory
        self._now = now

    def build(
        self,
        caller: Caller,
        call: CallContext,
        extra: Mapping[str, str | Sequence[str]],
    ) -> RequestContext:
        """Returns the context; `extra` holds the keys of the operation itself."""
        return RequestContext.of(self.keys(caller, call, extra))

    def keys(
        self,
        caller: Caller,
        call: CallContext,
        extra: Mapping[str, str | Sequence[str]],
    ) -> ContextKeys:
        """Returns the keys of the context, in the spelling of people."""
        keys = _call_keys(call)
        if caller.region:
            keys["aws:RequestedRegion"] = caller.region
        keys.update(self.identity_keys(caller.principal, caller.session))
        keys.update(extra)
        return keys

    def provider_keys(
        self, call: CallContext, extra: Mapping[str, str | Sequence[str]]
    ) -> ContextKeys:
        """Returns the keys of a call whose proof is that of a provider.

        Nobody of ours calls yet, so that no key says who (sts-operations 2.5).
        """
        return {
            **self._time_keys(),
            "aws:PrincipalIsAWSService": "false",
            **_call_keys(call),
            **extra,
        }

    def identity_keys(
        self, principal: AccountPrincipal, session: Session | None
    ) -> ContextKeys:
        """Returns the keys that tell who asks, with what credentials, and when.

        These are all that the server knows of a call that somebody else has got.
        """
        keys = self._time_keys()
        keys.update(self._principal_keys(principal))
        keys.update(self._tag_keys(principal, session))
        if session is not None:
            keys.update(self._session_keys(session))
        return keys

    def _time_keys(self) -> ContextKeys:
        return {
            "aws:CurrentTime": instant(self._now),
            "aws:EpochTime": str(to_epoch_seconds(self._now)),
            "aws:ViaAWSService": "false",
        }

    def _principal_keys(self, principal: AccountPrincipal) -> ContextKeys:
        keys: ContextKeys = {
            "aws:PrincipalArn": principal.principal_arn,
            "aws:PrincipalAccount": principal.account_id,
            "aws:PrincipalType": principal.principal_type,
            "aws:PrincipalIsAWSService": "false",
            "aws:userid": principal.user_id,
        }
        if isinstance(principal, User):
            keys["aws:username"] = principal.name
        account = self._directory.account(principal.account_id)
        if account is not None and account.organization_id is not None:
            keys["aws:PrincipalOrgID"] = account.organization_id
        if account is not None and account.organization_path is not None:
            keys["aws:PrincipalOrgPaths"] = (account.organization_path,)
        return keys

    def _tag_keys(
        self, principal: AccountPrincipal, session: Session | None
    ) -> ContextKeys:
        session_tags = session.tags if session is not None else {}
        tags = fold_tags(self._entity_tags(principal), session_tags)
        return tag_keys("aws:PrincipalTag", tags)

    def _entity_tags(self, principal: AccountPrincipal) -> Mapping[str, str]:
        if isinstance(principal, FederatedUser):
            principal = principal.federating
        if isinstance(principal, RoleSession):
            role = self._directory.role_by_id(principal.role_id)
            return role.tags if role is not None else {}
        if isinstance(principal, User):
            user = self._directory.user_by_id(principal.unique_id)
            return user.tags if user is not None else {}
        return {}

    def _session_keys(self, session: Session) -> ContextKeys:
        keys: ContextKeys = {
            "aws:TokenIssueTime": instant(session.issue_time),
            "aws:MultiFactorAuthPresent": _boolean(session.mfa_time is not None),
        }
        if session.kind is SessionKind.ROOT_TASK:
            keys["aws:AssumedRoot"] = "true"
        if session.mfa_time is not None:
            age = self._now - session.mfa_time
            keys["aws:MultiFactorAuthAge"] = str(max(0, int(age.total_seconds())))
        if session.source_identity is not None:
            keys["aws:SourceIdentity"] = session.source_identity
        if session.federated_provider is not None:
            keys["aws:FederatedProvider"] = session.federated_provider
        keys.update(session.federated_keys)
        return keys


def _call_keys(call: CallContext) -> ContextKeys:
    keys: ContextKeys = {"aws:SecureTransport": _boolean(call.secure_transport)}
    if call.source_address is not None:
        keys["aws:SourceIp"] = call.source_address
    if call.user_agent is not None:
        keys["aws:UserAgent"] = call.user_agent
    return keys


def tag_keys(prefix: str, tags: Mapping[str, str]) -> ContextKeys:
    """Returns one key per tag, such as `aws:RequestTag/<key>`."""
    return {f"{prefix}/{key}": value for key, value in tags.items()}


def names(values: Iterable[str]) -> tuple[str, ...]:
    """Returns the values of a list key, in a stable order."""
    return tuple(sorted(values))


def instant(time: datetime) -> str:
    """Returns an instant as policies compare it."""
    return f"{time.isoformat(timespec='seconds')[:_INSTANT]}Z"


def _boolean(value: bool) -> str:  # noqa: FBT001 - it is the value.
    return "true" if value else "false"
