"""What the session operations act on: an access key, a role, a user, or an account.

All of it lies within the account of the caller; what belongs to another account
is refused before anything is looked up (attacks C19, C20).
"""

from __future__ import annotations

from dataclasses import dataclass

from daypass.core.arn import EntityArn
from daypass.core.errors import AccessDeniedError, ValidationError
from daypass.core.identifiers import account_of_access_key_id
from daypass.core.session import SessionRecord
from daypass.core.validation import Violations
from daypass.directory.model import Directory
from daypass.sts.account_operations import ACCESS_KEY_ID_RULE
from daypass.sts.policy_question import Target


@dataclass(frozen=True, slots=True)
class PrincipalChoice:
    """A role or a user of the caller's account, by ARN; at most one is set."""

    role_arn: str | None = None
    user_arn: str | None = None


def check_own_key(access_key_id: str, account_id: str) -> None:
    """Checks that a session's access key id is one of the account's.

    Raises:
        ValidationError: it is malformed.
        AccessDeniedError: it carries another account.
    """
    found = Violations()
    found.require(("access_key_id",), access_key_id)
    if access_key_id:
        found.check_text(("access_key_id",), access_key_id, ACCESS_KEY_ID_RULE)
    found.raise_if_any()
    if account_of_access_key_id(access_key_id) != account_id:
        raise AccessDeniedError("session_of_another_account")


def key_target(access_key_id: str, account_id: str) -> Target:
    """Returns `*`, which is asked about before the session is looked up."""
    return Target("*", account_id, asked_as=access_key_id)


def record_target(record: SessionRecord) -> Target:
    """Returns the role or user of a session; a denial does not name it."""
    return Target(
        record.principal_arn, record.account_id, asked_as=record.access_key_id
    )


def choice_target(whose: PrincipalChoice, account_id: str) -> Target:
    """Returns the role or user that is named, or `*` where none is.

    Raises:
        ValidationError: it is not the ARN of a role or user.
        AccessDeniedError: it belongs to another account.
    """
    entity = _entity(whose)
    if entity is None:
        return Target("*", account_id)
    if entity.account != account_id:
        raise AccessDeniedError("principal_of_another_account")
    return Target(str(entity), account_id)


def _entity(whose: PrincipalChoice) -> EntityArn | None:
    if whose.role_arn is not None:
        return EntityArn.parse(whose.role_arn, kind="role")
    if whose.user_arn is not None:
        return EntityArn.parse(whose.user_arn, kind="user")
    return None


def unique_id_of(whose: PrincipalChoice, directory: Directory) -> str | None:
    """Returns the unique id of the role or user, or None where none is named.

    Raises:
        ValidationError: there is no such role or user.
    """
    if whose.role_arn is not None:
        role = directory.role_by_arn(whose.role_arn)
        if role is not None:
            return role.unique_id
        raise ValidationError("role_unknown", message="There is no such role")
    if whose.user_arn is not None:
        user = directory.user_by_arn(whose.user_arn)
        if user is not None:
            return user.principal.unique_id
        raise ValidationError("user_unknown", message="There is no such user")
    return None
