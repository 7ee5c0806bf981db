"""A caller of another account in a simulation: what its ARN says, and no more.

The directory is asked for its unique id alone, which the asker's own policies may
name. Everything else of it, and whether it exists, is its own account's business;
the asker says what the request would carry.

SPEC: policy-language 6.1 and 7.8; attacks P41.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from daypass.core.arn import Arn, EntityArn, is_account_id, is_entity_name
from daypass.core.clock import to_epoch_seconds
from daypass.core.errors import ValidationError
from daypass.core.principal import RoleSession, RootUser, User
from daypass.directory.model import Directory
from daypass.sts.context import ContextKeys, instant

# No policy names it.
_UNKNOWN: Final = ""
_ROOT_PATH: Final = "/"

ForeignCaller = RootUser | User | RoleSession


def foreign_caller(text: str, directory: Directory) -> ForeignCaller:
    """Returns the principal that an ARN names.

    Raises:
        ValidationError: it is not the ARN of a user, a role, a role session or a
            root user.
    """
    arn = Arn.parse(text)
    if arn.service == "sts":
        return _session(arn, text, directory)
    if arn.resource == "root" and arn.service == "iam" and is_account_id(arn.account):
        return RootUser(arn.partition, arn.account)
    kind = arn.resource.partition("/")[0]
    if kind == "user":
        named = EntityArn.parse(text, kind=kind)
        user = directory.user_by_arn(text)
        unique_id = user.principal.unique_id if user is not None else _UNKNOWN
        return User(named.partition, named.account, named.path, named.name, unique_id)
    named = EntityArn.parse(text, kind="role")
    role = directory.role_by_arn(text)
    role_id = role.unique_id if role is not None else _UNKNOWN
    return RoleSession(
        named.partition, named.account, named.path, named.name, role_id, _UNKNOWN
    )


def foreign_keys(caller: ForeignCaller, *, now: datetime) -> ContextKeys:
    """Returns the keys that follow from the ARN alone, for a call made now."""
    keys: ContextKeys = {
        "aws:CurrentTime": instant(now),
        "aws:EpochTime": str(to_epoch_seconds(now)),
        "aws:ViaAWSService": "false",
        "aws:PrincipalArn": caller.principal_arn,
        "aws:PrincipalAccount": caller.account_id,
        "aws:PrincipalType": caller.principal_type,
        "aws:PrincipalIsAWSService": "false",
    }
    if isinstance(caller, User):
        keys["aws:username"] = caller.name
    if isinstance(caller, RoleSession):
        keys["aws:TokenIssueTime"] = instant(now)
        keys["aws:MultiFactorAuthPresent"] = "false"
    return keys


def _session(arn: Arn, text: str, directory: Directory) -> RoleSession:
    """Returns the session that an ARN names, in which the role's path is dropped."""
    kind, _, rest = arn.resource.partition("/")
    name, _, session_name = rest.partition("/")
    is_session = (
        kind == "assumed-role"
        and is_account_id(arn.account)
        and is_entity_name(name)
        and is_entity_name(session_name)
    )
    if not is_session:
        message = f"{text} is not a principal that can be simulated"
        raise ValidationError("simulated_caller_kind", message=message)
    ids = (
        role.unique_id
        for role in directory.roles
        if (role.account_id, role.name) == (arn.account, name)
    )
    role_id = next(ids, _UNKNOWN)
    return RoleSession(
        arn.partition, arn.account, _ROOT_PATH, name, role_id, session_name
    )
