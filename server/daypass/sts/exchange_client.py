"""The client of an exchange: the user or role that a proven caller is of.

A client is known by its unique id, so that a namesake that is made later is another
client (spec 0.11); tokens name it by its ARN.

SPEC: sts-operations 6.1 (`client_id` names the requester) and 6.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from daypass.core.exchange_errors import UnauthorizedClientError
from daypass.core.exchanged_token import ExchangedToken
from daypass.core.principal import RoleSession, User
from daypass.directory.model import Directory
from daypass.sts.caller import Caller


@dataclass(frozen=True, slots=True)
class Client:
    """Who exchanges tokens, or revokes them.

    Attributes:
        account_id: its account.
        arn: the ARN of the user or role, path included.
        unique_id: the unique id of the user or role.
        lineage: the sessions that it has come by, its own included.
        principals: the unique ids of whose those are.
    """

    account_id: str
    arn: str
    unique_id: str
    lineage: tuple[str, ...]
    principals: tuple[str, ...]


def client_of(caller: Caller) -> Client:
    """Returns the client that a caller is.

    Raises:
        UnauthorizedClientError: it is neither a user nor a session of a role.
    """
    match caller.principal:
        case User(unique_id=unique_id) as principal:
            arn = principal.arn
        case RoleSession(role_id=unique_id) as principal:
            arn = principal.principal_arn
        case _:
            raise UnauthorizedClientError("client_kind")
    session = caller.session
    if session is None:
        return Client(principal.account_id, arn, unique_id, (), ())
    return Client(
        account_id=principal.account_id,
        arn=arn,
        unique_id=unique_id,
        lineage=(*session.ancestors, session.access_key_id),
        principals=(session.origin_id, *session.ancestor_principals),
    )


def client_exists(token: ExchangedToken, directory: Directory) -> bool:
    """Tells whether the client that a token was issued to still exists.

    A token ends with its client; a namesake does not revive it (detail 32).
    """
    role = directory.role_by_id(token.client_principal_id)
    if role is not None:
        return role.account_id == token.account_id
    user = directory.user_by_id(token.client_principal_id)
    return user is not None and user.principal.account_id == token.account_id
