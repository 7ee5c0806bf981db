"""From a session to the principal that it stands for, as the directory is now.

Sessions are bound to unique ids: a role or user that is gone ends its sessions,
and a namesake made later does not revive them. A session of GetSessionToken ends
with the long-term key that it was asked for with, too, and so does a delegated session
with that of the user who approved it.

SPEC: sts-operations 0.11; details 22 and 32.
"""

from __future__ import annotations

from daypass.core.errors import InvalidClientTokenIdError
from daypass.core.principal import (
    AccountPrincipal,
    FederatedUser,
    RoleSession,
    RootUser,
    User,
)
from daypass.core.session import Session, SessionKind
from daypass.directory.model import Directory


class PrincipalGoneError(InvalidClientTokenIdError):
    """The role, user, account or long-term key of a session is no more."""


def principal_of_session(session: Session, directory: Directory) -> AccountPrincipal:
    """Returns the principal that a session stands for.

    Raises:
        PrincipalGoneError: it does not exist any more, or the long-term key that
            the session needs does not, or is inactive.
    """
    match session.kind:
        case SessionKind.ROLE:
            return _role_session(session, directory)
        case SessionKind.USER:
            principal = _user_or_root(session, directory)
            _check_parent_key(session, principal, directory)
            return principal
        case SessionKind.FEDERATED_USER:
            federating = _user_or_root(session, directory)
            return FederatedUser(
                federating.partition,
                session.account_id,
                session.session_name,
                federating,
            )
        case SessionKind.ROOT_TASK:
            return _root(session, directory)
        case SessionKind.DELEGATED:
            return _approver(session, directory)


def _approver(session: Session, directory: Directory) -> RoleSession | User:
    """Returns as whom a delegated session acts; only a role's has a session name."""
    if session.session_name:
        return _role_session(session, directory)
    user = _user(session, directory)
    _check_parent_key(session, user, directory)
    return user


def arn_of_id(unique_id: str, directory: Directory) -> str | None:
    """Returns the ARN of the role or user that has a unique id, or None."""
    role = directory.role_by_id(unique_id)
    if role is not None:
        return role.arn
    user = directory.user_by_id(unique_id)
    return user.principal.arn if user is not None else None


def _role_session(session: Session, directory: Directory) -> RoleSession:
    role = directory.role_by_id(session.principal_id)
    if role is None or role.account_id != session.account_id:
        raise PrincipalGoneError("role_gone")
    return RoleSession(
        role.partition,
        role.account_id,
        role.path,
        role.name,
        role.unique_id,
        session.session_name,
    )


def _user_or_root(session: Session, directory: Directory) -> User | RootUser:
    if session.principal_id == session.account_id:
        return _root(session, directory)
    return _user(session, directory)


def _user(session: Session, directory: Directory) -> User:
    user = directory.user_by_id(session.principal_id)
    if user is None or user.principal.account_id != session.account_id:
        raise PrincipalGoneError("user_gone")
    return user.principal


def _check_parent_key(
    session: Session, principal: User | RootUser, directory: Directory
) -> None:
    """Checks that the key that began the session is good and still its user's."""
    parent = next(iter(session.ancestors), None)
    found = directory.access_keys.get(parent) if parent is not None else None
    if found is None or found[1].principal != principal:
        raise PrincipalGoneError("parent_key_gone")
    if not found[0].active:
        raise PrincipalGoneError("parent_key_inactive")


def _root(session: Session, directory: Directory) -> RootUser:
    account = directory.account(session.account_id)
    if account is None:
        raise PrincipalGoneError("account_gone")
    return account.root.principal
