"""The claims of a token that came of an exchange; a closed list, as of a session.

SPEC: RFC 8693 section 4; RFC 9068 section 2.2; RFC 9493 section 3.2.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from daypass_client import limits
from daypass_client.verifier.claims import Claims
from daypass_client.verifier.errors import untrusted
from daypass_client.verifier.lineage import Origin
from daypass_client.verifier.values import ExchangedClaims, Party

# The media type that a token says it is, by what it is good for.
TOKEN_TYPES: Final[Mapping[str, str]] = {"access": "at+jwt", "id": "JWT", "jwt": "JWT"}
_VERSION: Final = 1
_LIFETIME_MAX: Final = timedelta(hours=12)


def read(claims: Claims, token_type: str) -> tuple[ExchangedClaims, Origin]:
    """Reads the claims, and what a revocation may name to end the token.

    Raises:
        RefusedError: they are not those of such a token.
    """
    own = claims.members("daypass")
    if own.integer("ver") != _VERSION:
        raise untrusted()
    use, party = claims.text("token_use"), _party(claims)
    if TOKEN_TYPES.get(use) != token_type:
        raise untrusted()
    epoch, client_id = own.text_and_integer("epoch"), own.text("client")
    own.text("ring")
    found = ExchangedClaims(
        use=use,
        token_id=claims.text("jti"),
        subject=f"{party.issuer}#{party.subject}",
        party=party,
        audiences=claims.text_or_texts("aud"),
        scopes=_scopes(claims.text_or_none("scope")),
        client_arn=claims.text("client_id"),
        account_id=own.text("acct"),
        actors=_actors(claims, limits.ACTORS_MAX),
        issue_time=claims.instant("iat"),
        expire_time=claims.instant("exp"),
        issuer=claims.text("iss"),
    )
    names, principals = own.texts("lin"), own.texts("prn")
    own.check_all_taken()
    claims.check_all_taken()
    if not timedelta(0) < found.expire_time - found.issue_time <= _LIFETIME_MAX:
        raise untrusted()
    return found, Origin(
        log_id=epoch[0],
        sequence=epoch[1],
        own_name=None,
        ancestors=names,
        account_id=found.account_id,
        principals=(client_id, *principals),
        ancestor_principals=principals,
        token_id=found.token_id,
    )


def _party(claims: Claims) -> Party:
    named = claims.members("sub_id")
    if named.text("format") != "iss_sub":
        raise untrusted()
    party = Party(named.text("iss"), named.text("sub"))
    named.check_all_taken()
    if claims.text("sub") != f"{party.issuer}#{party.subject}":
        raise untrusted()
    return party


def _scopes(text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    scopes = tuple(text.split(" "))
    if not all(scopes):
        raise untrusted()
    return scopes


def _actors(claims: Claims, most: int) -> tuple[Party, ...]:
    if not claims.has("act"):
        return ()
    if most == 0:
        raise untrusted()
    act = claims.members("act")
    actor = Party(act.text("iss"), act.text("sub"))
    before = _actors(act, most - 1)
    act.check_all_taken()
    return (actor, *before)
