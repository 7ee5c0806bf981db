"""A session as the claims of its token, and back.

The list is closed: a token with any other claim is refused. Claims marked "or
absent" are left out where there is nothing to say, and are never null.

| Claim | Type | What it carries |
|---|---|---|
| `ver` | integer | the version of this list, 1 |
| `iss` | string | the id of the ring, which names the deployment |
| `jti` | string | the access key id, which names the session |
| `sub` | string | the unique id of the role or user; an account id for root |
| `iat` | integer | when it was issued, in seconds since 1970 |
| `exp` | integer | when it ends, in seconds since 1970 |
| `kind` | string | the kind of session: a value of `SessionKind` |
| `acct` | string | the account that owns it |
| `name` | string | the session name, perhaps empty |
| `epoch` | [string, integer] | how far the revocation log had been read |
| `dkid` | string | the id of the derivation secret of its secret access key |
| `origin` | string | the unique id of whoever began the chain |
| `cbeg` | integer or absent | when the first session of its chain was issued |
| `anc` | [string, …] or absent | the access key ids that it was chained from; for GetSessionToken, first the long-term key |
| `ancp` | [string, …] or absent | the unique ids of whose sessions those are, each once, and accounts |
| `srcid` | string or absent | the source identity |
| `mfa` | integer or absent | when a second factor was shown |
| `idp` | string or absent | the provider whose proof began it |
| `fed` | object of [string, …] or absent | the condition keys that this proof leaves |
| `packed` | string or absent | policies and tags, see `tokens.packing` |

Evolution: version 1 never gains a claim. Version 2 will have `ver` 2 and be read
one release before it is written; a reader refuses a version that it does not know.

SPEC: design 6; RFC 7519 section 4.1 for the registered names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring
from typing import Final

from daypass.core.clock import to_epoch_seconds
from daypass.core.quick import quick_init
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind
from daypass.tokens.claims import VerifiedClaims
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.packing import unpack
from daypass.tokens.usual_claims import read_usual

_VERSION: Final = 1
_KINDS: Final = {kind.value: kind for kind in SessionKind}


@quick_init
@dataclass(frozen=True, slots=True)
class ClaimsTemplate:
    """The claims of sessions that differ in nothing but what `fill` takes.

    Each attribute is what stands between two of those claims.
    """

    _before_id: str
    _before_times: str
    _before_name: str
    _behind_epoch: str

    @classmethod
    def of(
        cls, session: Session, *, ring_id: str, packed: str | None
    ) -> ClaimsTemplate:
        """Makes the template of a session and of all that are like it."""
        # NOTE: what every session has is put together by hand, as `json.dumps` would
        # write it at several times the cost.
        text = encode_basestring
        return cls(
            f'{{"ver":{_VERSION},"iss":{text(ring_id)},"jti":',
            f',"sub":{text(session.principal_id)},"iat":',
            f',"kind":{text(session.kind.value)},"acct":{text(session.account_id)}'
            ',"name":',
            f',"dkid":{text(session.derivation_key_id)}'
            f',"origin":{text(session.origin_id)}{_optional(session, packed)}}}',
        )

    def fill(
        self,
        access_key_id: str,
        session_name: str,
        *,
        issued_at: int,
        expires_at: int,
        epoch: Epoch,
    ) -> bytes:
        """Writes the claims of one session as JSON; times in seconds since 1970."""
        text = encode_basestring
        return (
            f"{self._before_id}{text(access_key_id)}"
            f'{self._before_times}{issued_at},"exp":{expires_at}'
            f"{self._before_name}{text(session_name)}"
            f',"epoch":[{text(epoch.incarnation)},{epoch.sequence}]'
            f"{self._behind_epoch}"
        ).encode()


def encode_claims(session: Session, *, ring_id: str, packed: str | None) -> bytes:
    """Writes the claims of a session as JSON."""
    return ClaimsTemplate.of(session, ring_id=ring_id, packed=packed).fill(
        session.access_key_id,
        session.session_name,
        issued_at=to_epoch_seconds(session.issue_time),
        expires_at=to_epoch_seconds(session.expire_time),
        epoch=session.epoch,
    )


def read_session(payload: bytes, *, ring_id: str) -> Session:
    """Reads the claims of a session's token as they were signed.

    Raises:
        TokenRefusedError: they are not those of a session of this deployment.
    """
    usual = read_usual(payload, ring_id=ring_id)
    if usual is not None:
        return usual
    return decode_claims(VerifiedClaims(None, payload=payload), ring_id=ring_id)


def decode_claims(claims: VerifiedClaims, *, ring_id: str) -> Session:
    """Takes the claims of a session one by one.

    Raises:
        TokenRefusedError: they are not those of a session of this deployment.
    """
    if claims.integer("ver") != _VERSION:
        raise TokenRefusedError("version_unknown")
    if claims.text("iss") != ring_id:
        raise TokenRefusedError("issuer_not_this_ring")
    unpacked = unpack(claims.text_or_none("packed"))
    session = Session(
        kind=_kind(claims.text("kind")),
        access_key_id=claims.text("jti"),
        account_id=claims.text("acct"),
        principal_id=claims.text("sub"),
        session_name=claims.text("name"),
        issue_time=claims.instant("iat"),
        expire_time=claims.instant("exp"),
        epoch=Epoch(*claims.text_and_integer("epoch")),
        derivation_key_id=claims.text("dkid"),
        origin_id=claims.text("origin"),
        chain_began=claims.instant_or_none("cbeg"),
        ancestors=claims.texts("anc"),
        ancestor_principals=claims.texts("ancp"),
        tags=unpacked.tags,
        transitive_tag_keys=unpacked.transitive_tag_keys,
        source_identity=claims.text_or_none("srcid"),
        mfa_time=claims.instant_or_none("mfa"),
        federated_provider=claims.text_or_none("idp"),
        federated_keys=claims.text_lists("fed"),
        policies=unpacked.policies,
    )
    claims.check_all_taken()
    return session


def _kind(value: str) -> SessionKind:
    kind = _KINDS.get(value)
    if kind is None:
        raise TokenRefusedError("kind_unknown")
    return kind


def _optional(session: Session, packed: str | None) -> str:
    """Returns the claims that say something, each behind a comma."""
    optional = {
        "cbeg": _seconds_or_none(session.chain_began),
        "anc": session.ancestors or None,
        "ancp": session.ancestor_principals or None,
        "srcid": session.source_identity,
        "mfa": _seconds_or_none(session.mfa_time),
        "idp": session.federated_provider,
        "fed": dict(session.federated_keys) or None,
        "packed": packed,
    }
    said = {name: value for name, value in optional.items() if value is not None}
    if not said:
        return ""
    others = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return f",{others[1:-1]}"


def _seconds_or_none(instant: datetime | None) -> int | None:
    return None if instant is None else to_epoch_seconds(instant)
