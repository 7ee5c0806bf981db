"""What the exchange of tokens takes and answers: frozen values.

SPEC: RFC 8693, whose parameters these are. Tokens that go out are not shown; those
that come back are secrets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from daypass_client.credentials import Credentials
from daypass_client.secret import Secret

ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105
ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"  # noqa: S105
JWT: Final = "urn:ietf:params:oauth:token-type:jwt"
CREDENTIALS: Final = "urn:daypass:params:oauth:token-type:credentials"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRequest:
    """A token to exchange for another, or for credentials.

    Attributes:
        subject_token: the token; it is not shown.
        subject_token_type: what it is, such as `ID_TOKEN`.
        actor_token: a token of who shall act for the subject, or None; it is not
            shown.
        actor_token_type: what that is; it goes with the actor token.
        audiences: where the new token will be used, by logical names.
        resources: the same by absolute URIs.
        scopes: what it shall grant; none means all that may be had.
        requested_token_type: what shall be issued; None means an access token.
    """

    subject_token: str = field(repr=False)
    subject_token_type: str = ACCESS_TOKEN
    actor_token: str | None = field(default=None, repr=False)
    actor_token_type: str | None = None
    audiences: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    requested_token_type: str | None = None


@dataclass(frozen=True, slots=True)
class ExchangedToken:
    """What came of an exchange: a token or credentials.

    Attributes:
        token: the token; None where credentials were asked for.
        credentials: those; otherwise None.
        issued_token_type: what it is, such as `ACCESS_TOKEN`.
        token_type: how it is used: `Bearer`, or `N_A`.
        expires_in: how long it is good from now on.
        scopes: what it grants.
    """

    token: Secret | None
    credentials: Credentials | None
    issued_token_type: str
    token_type: str
    expires_in: timedelta
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenActor:
    """Somebody who acts for the subject of a token, and the issuer that knows them."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class VerifiedExchangedToken:
    """What a good token says that came of an exchange.

    See `VerifiedExchangedToken` in token_service.proto. Act on it only if it is an
    access token and you are among its audiences.
    """

    token_type: str
    token_id: str
    subject: str
    subject_issuer: str
    issuer_subject: str
    audiences: tuple[str, ...]
    scopes: tuple[str, ...]
    client_arn: str
    account_id: str
    actors: tuple[TokenActor, ...]
    issue_time: datetime
    expire_time: datetime
    revocation_view_age: timedelta
