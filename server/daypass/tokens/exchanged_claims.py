"""A token of an exchange as its claims, and back.

The list is closed, as that of a session is. Claims marked "or absent" are left out
where there is nothing to say, and are never null.

| Claim | Type | What it carries |
|---|---|---|
| `iss` | string | the issuer of the deployment |
| `sub` | string | who it is about: `<issuer>#<subject>` of `sub_id` |
| `sub_id` | object | the same in two parts: `format` = `iss_sub`, `iss`, `sub` (RFC 9493) |
| `aud` | string or [string, …] | whom it is meant for; a string where that is one |
| `iat`, `exp` | integer | when it was issued and when it ends |
| `jti` | string | names it |
| `client_id` | string | the ARN of the user or role that asked for it |
| `scope` | string or absent | what it grants, parted by blanks |
| `act` | object or absent | who acts: `iss`, `sub`, and in `act` who acted before |
| `token_use` | string | a value of `TokenUse`, which the `typ` must fit |
| `daypass` | object | what only Daypass reads, see below |

Of `daypass`: `ver` (1), `ring` (the id of the ring), `acct` (the account), `client`
(the unique id of the client), `epoch` ([string, integer]), and `lin` and `prn`, lists
of strings or absent: the lineage and its principals.

Evolution is that of `session_claims`: version 1 never gains a claim.

SPEC: sts-operations 6.1 and detail 59; RFC 8693 section 4; RFC 9068 section 2.2.
"""

from __future__ import annotations

import json
from typing import Final

from daypass.core import exchange_limits
from daypass.core.clock import to_epoch_seconds
from daypass.core.exchanged_token import ExchangedToken, Party, TokenUse
from daypass.core.revocation import Epoch
from daypass.tokens.claims import VerifiedClaims
from daypass.tokens.errors import TokenRefusedError

_VERSION: Final = 1
_SUBJECT_FORMAT: Final = "iss_sub"
_USES: Final = {use.value: use for use in TokenUse}


def encode_claims(token: ExchangedToken, *, issuer: str, ring_id: str) -> bytes:
    """Writes the claims of a token as JSON."""
    aud = token.audiences
    claims: dict[str, object] = {
        "iss": issuer,
        "sub": token.subject,
        "sub_id": {"format": _SUBJECT_FORMAT, **_party(token.party)},
        "aud": aud[0] if len(aud) == 1 else aud,
        "iat": to_epoch_seconds(token.issue_time),
        "exp": to_epoch_seconds(token.expire_time),
        "jti": token.token_id,
        "client_id": token.client_arn,
        "token_use": token.use.value,
    }
    if token.scopes:
        claims["scope"] = token.scope
    if token.actors:
        claims["act"] = act_claim(token.actors)
    own: dict[str, object] = {
        "ver": _VERSION,
        "ring": ring_id,
        "acct": token.account_id,
        "client": token.client_principal_id,
        "epoch": [token.epoch.incarnation, token.epoch.sequence],
    }
    if token.lineage:
        own["lin"] = token.lineage
    if token.principals:
        own["prn"] = token.principals
    claims["daypass"] = own
    return json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()


def decode_claims(
    claims: VerifiedClaims, *, issuer: str, ring_id: str
) -> ExchangedToken:
    """Reads the claims of a token of an exchange.

    Raises:
        TokenRefusedError: they are not those of such a token of this deployment.
    """
    if claims.text("iss") != issuer:
        raise TokenRefusedError("issuer_not_ours")
    own = claims.members("daypass")
    if own.integer("ver") != _VERSION:
        raise TokenRefusedError("version_unknown")
    if own.text("ring") != ring_id:
        raise TokenRefusedError("issuer_not_this_ring")
    token = ExchangedToken(
        use=_use(claims.text("token_use")),
        token_id=claims.text("jti"),
        party=_subject(claims),
        audiences=_audiences(claims),
        scopes=_scopes(claims),
        account_id=own.text("acct"),
        client_arn=claims.text("client_id"),
        client_principal_id=own.text("client"),
        issue_time=claims.instant("iat"),
        expire_time=claims.instant("exp"),
        epoch=Epoch(*own.text_and_integer("epoch")),
        actors=_actors(claims, exchange_limits.ACTORS_MAX),
        lineage=own.texts("lin"),
        principals=own.texts("prn"),
    )
    own.check_all_taken()
    claims.check_all_taken()
    return token


def _party(party: Party) -> dict[str, str]:
    return {"iss": party.issuer, "sub": party.subject}


def act_claim(actors: tuple[Party, ...]) -> dict[str, object]:
    """Returns the claim `act`: the actors nested, the present one outermost."""
    act: dict[str, object] = {}
    for actor in reversed(actors):
        act = {**_party(actor), "act": act} if act else {**_party(actor)}
    return act


def _use(value: str) -> TokenUse:
    use = _USES.get(value)
    if use is None:
        raise TokenRefusedError("use_unknown")
    return use


def _subject(claims: VerifiedClaims) -> Party:
    named = claims.members("sub_id")
    if named.text("format") != _SUBJECT_FORMAT:
        raise TokenRefusedError("claim_malformed")
    party = Party(named.text("iss"), named.text("sub"))
    named.check_all_taken()
    if claims.text("sub") != party.name:
        raise TokenRefusedError("subject_ambiguous")
    return party


def _audiences(claims: VerifiedClaims) -> tuple[str, ...]:
    audiences = claims.text_or_texts("aud")
    if not all(audiences) or not audiences:
        raise TokenRefusedError("claim_malformed")
    return audiences


def _scopes(claims: VerifiedClaims) -> tuple[str, ...]:
    text = claims.text_or_none("scope")
    if text is None:
        return ()
    scopes = tuple(text.split(" "))
    if not all(scopes):
        raise TokenRefusedError("claim_malformed")
    return scopes


def _actors(claims: VerifiedClaims, most: int) -> tuple[Party, ...]:
    """Takes who acts, the present actor first."""
    if not claims.has("act"):
        return ()
    if most == 0:
        raise TokenRefusedError("too_many_actors")
    act = claims.members("act")
    actor = Party(act.text("iss"), act.text("sub"))
    before = _actors(act, most - 1)
    act.check_all_taken()
    return (actor, *before)
