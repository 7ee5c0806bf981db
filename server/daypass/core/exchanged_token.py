"""A token that came of an exchange: what it says, as a value.

SPEC: sts-operations 6.1; RFC 8693 section 4 (`act`, `may_act`, `scope`,
`client_id`), RFC 9068 section 2.2 and RFC 9493 section 3.2.3 (`sub_id`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from daypass.core.revocation import Epoch


class TokenUse(StrEnum):
    """What a token of ours is good for; the values are part of the token."""

    # Shown to a service, which acts on it: RFC 9068.
    ACCESS = "access"
    # Tells a client who somebody is.
    ID = "id"
    # An assertion for another authorization server: RFC 7523.
    JWT = "jwt"


class TokenType(StrEnum):
    """The token types of RFC 8693 section 3 that are known, and one of our own."""

    ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a name.
    ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105 - a name.
    JWT = "urn:ietf:params:oauth:token-type:jwt"
    # Temporary credentials of a role; SPEC: sts-operations 6.1 [P].
    CREDENTIALS = "urn:daypass:params:oauth:token-type:credentials"


# The type that a token of ours has by its use.
TYPE_OF_USE: Final = {
    TokenUse.ACCESS: TokenType.ACCESS_TOKEN,
    TokenUse.ID: TokenType.ID_TOKEN,
    TokenUse.JWT: TokenType.JWT,
}


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody that a token names: a subject, and the issuer that knows it."""

    issuer: str
    subject: str

    @property
    def name(self) -> str:
        """The one name of it here, whatever the issuer (attacks O18).

        No issuer has a `#`, so that no two parties have one name.
        """
        return f"{self.issuer}#{self.subject}"


@dataclass(frozen=True, slots=True)
class ExchangedToken:
    """A token of ours that came of an exchange.

    Attributes:
        use: what it is good for.
        token_id: names it: the claim `jti`.
        party: who it is about, as the first token of the chain named it.
        audiences: whom it is meant for, at least one.
        scopes: what it grants, in the order of their code points.
        account_id: the account whose exchange policy it came by.
        client_arn: the user or role that asked for it: the claim `client_id`.
        client_principal_id: the unique id of that user or role.
        issue_time: when it was issued, in whole seconds, UTC.
        expire_time: when it ends, in whole seconds, UTC.
        epoch: how far the revocation log had been read when it was issued.
        actors: who acts, the present one first. Only that one counts for access.
        lineage: the tokens and the sessions that it was made of; a revocation of one
            of them ends it.
        principals: the unique ids of whose they are; likewise.
    """

    use: TokenUse
    token_id: str
    party: Party
    audiences: tuple[str, ...]
    scopes: tuple[str, ...]
    account_id: str
    client_arn: str
    client_principal_id: str
    issue_time: datetime
    expire_time: datetime
    epoch: Epoch
    actors: tuple[Party, ...] = ()
    lineage: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The claim `sub`."""
        return self.party.name

    @property
    def scope(self) -> str:
        """The claim `scope`, empty where it grants none."""
        return " ".join(self.scopes)
