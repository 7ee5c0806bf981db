"""The request context that policies ask about, built by the server alone.

Callers cannot set any of these keys; what a request carries becomes a key only
where the specification says so. An absent fact is an absent key, never "".

SPEC: policy-language 6.1 to 6.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from daypass.core.clock import to_epoch_seconds
from daypass.core.principal import FederatedUser, RoleSession, User
from daypass.core.session import Session
from daypass.directory.model import Directory
from daypass.policy.context import RequestContext
from daypass.sts.caller import CallContext, Caller

ContextKeys = dict[str, str | Sequence[str]]


def fold_tags(base: Mapping[str, str], overlay: Mapping[str, str]) -> dict[str, str]:
    """Lays tags over others; keys that are equal ignoring case replace each other."""
    merged = {key.casefold(): (key, value) for key, value in base.items()}
    merged.update({key.casefold(): (key, value) for key, value in overlay.items()})
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
        keys: ContextKeys = {}
        keys.update(self._environment_keys(caller, call))
        keys.update(self._principal_keys(caller))
        if caller.session is not None:
            keys.update(self._session_keys(caller.session))
        keys.update(extra)
        return RequestContext.of(keys)

    def _environment_keys(self, caller: Caller, call: CallContext) -> ContextKeys:
        keys: ContextKeys = {
            "aws:CurrentTime": _instant(self._now),
            "aws:EpochTime": str(to_epoch_seconds(self._now)),
            "aws:SecureTransport": _boolean(call.secure_transport),
            "aws:RequestedRegion": caller.region,
            "aws:ViaAWSService": "false",
        }
        if call.source_address is not None:
            keys["aws:SourceIp"] = call.source_address
        if call.user_agent is not None:
            keys["aws:UserAgent"] = call.user_agent
        return keys

    def _principal_keys(self, caller: Caller) -> ContextKeys:
        principal = caller.principal
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
        for key, value in self._principal_tags(caller).items():
            keys[f"aws:PrincipalTag/{key}"] = value
        return keys

    def _principal_tags(self, caller: Caller) -> Mapping[str, str]:
        session_tags = caller.session.tags if caller.session is not None else {}
        return fold_tags(self._entity_tags(caller), session_tags)

    def _entity_tags(self, caller: Caller) -> Mapping[str, str]:
        principal = caller.principal
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
            "aws:TokenIssueTime": _instant(session.issue_time),
            "aws:MultiFactorAuthPresent": _boolean(session.mfa_time is not None),
        }
        if session.mfa_time is not None:
            age = self._now - session.mfa_time
            keys["aws:MultiFactorAuthAge"] = str(max(0, int(age.total_seconds())))
        if session.source_identity is not None:
            keys["aws:SourceIdentity"] = session.source_identity
        if session.federated_provider is not None:
            keys["aws:FederatedProvider"] = session.federated_provider
        return keys


def tag_keys(prefix: str, tags: Mapping[str, str]) -> ContextKeys:
    """Returns one key per tag, such as `aws:RequestTag/<key>`."""
    return {f"{prefix}/{key}": value for key, value in tags.items()}


def names(values: Iterable[str]) -> tuple[str, ...]:
    """Returns the values of a list key, in a stable order."""
    return tuple(sorted(values))


def _instant(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _boolean(value: bool) -> str:  # noqa: FBT001 - it is the value.
    return "true" if value else "false"
