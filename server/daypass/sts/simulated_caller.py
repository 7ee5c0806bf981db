"""Whom a simulation is about: the principal, and the context keys that it has.

Pure, for the simulation of a running server and for that of a folder of files.

SPEC: policy-language 6.1, 6.2 and 7.8.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from daypass.core.arn import Arn
from daypass.core.clock import to_epoch_seconds
from daypass.core.errors import ValidationError
from daypass.core.principal import (
    AccountPrincipal,
    Anonymous,
    FederatedProvider,
    Principal,
    PrincipalType,
    RoleSession,
    ServicePrincipal,
)
from daypass.directory.entities import Role
from daypass.directory.model import Directory
from daypass.sts.context import ContextBuilder, ContextKeys
from daypass.sts.simulate import SimulatedCaller

# A session without a name has an ARN and an id that no policy can hold.
_UNNAMED: Final = ""


def simulated_principal(caller: SimulatedCaller, directory: Directory) -> Principal:
    """Returns the principal that a simulation is about.

    Raises:
        ValidationError: the directory has none of that name.
    """
    if caller.anonymous:
        return Anonymous()
    if caller.service is not None:
        return ServicePrincipal(caller.service)
    if caller.federated_provider is not None:
        return FederatedProvider(caller.federated_provider)
    text = caller.principal_arn or ""
    found = _account_principal(text, directory)
    if found is None:
        message = f"There is no principal {text} to simulate"
        raise ValidationError("simulated_caller_unknown", message=message)
    return found


def simulated_keys(
    principal: Principal, *, builder: ContextBuilder, now: datetime
) -> ContextKeys:
    """Returns the keys that the server would build of a principal's call.

    A user stands for its long-term keys, and a role session for one made now.

    Args:
        principal: who would ask.
        builder: builds the keys of callers with an account.
        now: when.
    """
    instant = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(principal, RoleSession):
        return {
            **builder.identity_keys(principal, None),
            "aws:TokenIssueTime": instant,
            "aws:MultiFactorAuthPresent": "false",
        }
    if isinstance(principal, AccountPrincipal):
        return builder.identity_keys(principal, None)
    return {
        "aws:CurrentTime": instant,
        "aws:EpochTime": str(to_epoch_seconds(now)),
        "aws:ViaAWSService": "false",
        **_keys_without_account(principal),
    }


def _keys_without_account(
    principal: ServicePrincipal | FederatedProvider | Anonymous,
) -> ContextKeys:
    if isinstance(principal, ServicePrincipal):
        return {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": principal.name,
            "aws:PrincipalServiceNamesList": (principal.name,),
        }
    if isinstance(principal, FederatedProvider):
        return {"aws:PrincipalIsAWSService": "false"}
    return {
        "aws:PrincipalType": PrincipalType.ANONYMOUS,
        "aws:PrincipalAccount": "anonymous",
        "aws:userid": "anonymous",
    }


def _account_principal(text: str, directory: Directory) -> AccountPrincipal | None:
    user = directory.user_by_arn(text)
    if user is not None:
        return user.principal
    role = directory.role_by_arn(text)
    if role is not None:
        return _session(role, _UNNAMED)
    arn = Arn.parse(text)
    account = directory.account(arn.account)
    if account is None or account.partition != arn.partition or arn.region:
        return None
    if arn.service == "iam" and arn.resource == "root":
        return account.root.principal
    kind, _, rest = arn.resource.partition("/")
    name, slash, session_name = rest.partition("/")
    if arn.service != "sts" or kind != "assumed-role" or not (slash and session_name):
        return None
    roles = (
        r for r in directory.roles if (r.account_id, r.name) == (arn.account, name)
    )
    found = next(roles, None)
    return _session(found, session_name) if found is not None else None


def _session(role: Role, session_name: str) -> RoleSession:
    return RoleSession(
        role.partition,
        role.account_id,
        role.path,
        role.name,
        role.unique_id,
        session_name,
    )
