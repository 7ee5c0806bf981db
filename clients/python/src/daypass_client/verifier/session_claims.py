"""The claims of a session token, a closed list; `clients/README.md` has its table.

What only a server uses (policies of the session, the derivation secret) is read, so
that a token is refused which no server would take, and not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from daypass_client.verifier.claims import Claims
from daypass_client.verifier.errors import untrusted
from daypass_client.verifier.lineage import Origin, session_name
from daypass_client.verifier.packed_claim import NOTHING, unpack
from daypass_client.verifier.usual_claims import read_usual
from daypass_client.verifier.values import SessionClaims

TOKEN_TYPE: Final = "daypass-session+jwt"  # noqa: S105 - a media type.
_VERSION: Final = 1
# The longest session of each kind; no token of ours says more.
_LIFETIMES_MAX: Final[Mapping[str, timedelta]] = {
    "role": timedelta(hours=12),
    "user": timedelta(hours=36),
    "federated-user": timedelta(hours=36),
    "root-task": timedelta(minutes=15),
    "delegated": timedelta(hours=12),
}
_NO_TIME: Final = timedelta(0)


def read(payload: bytes) -> tuple[SessionClaims, Origin]:
    """Reads the claims, and what a revocation may name to end the session.

    Args:
        payload: what a key has vouched for.

    Raises:
        RefusedError: they are not those of a session.
    """
    found = read_usual(payload) or _read_any(Claims.of(payload))
    _check_lifetime(found[0])
    return found


def _read_any(claims: Claims) -> tuple[SessionClaims, Origin]:
    """Reads claims of any form, one by one."""
    if claims.integer("ver") != _VERSION:
        raise untrusted()
    kind, packed = claims.text("kind"), claims.text_or_none("packed")
    unpacked = NOTHING if packed is None else unpack(packed)
    epoch = claims.text_and_integer("epoch")
    found = SessionClaims(
        kind=kind,
        account_id=claims.text("acct"),
        access_key_id=claims.text("jti"),
        principal_id=claims.text("sub"),
        session_name=claims.text("name"),
        issue_time=claims.instant("iat"),
        expire_time=claims.instant("exp"),
        origin_id=claims.text("origin"),
        source_identity=claims.text_or_none("srcid") or "",
        tags=unpacked.tags,
        transitive_tag_keys=unpacked.transitive_tag_keys,
        mfa_time=claims.instant_or_none("mfa"),
        federated_provider=claims.text_or_none("idp") or "",
        federated_keys=MappingProxyType(claims.text_lists("fed")),
        ring_id=claims.text("iss"),
    )
    claims.text("dkid")
    claims.instant_or_none("cbeg")
    names, principals = claims.texts("anc"), claims.texts("ancp")
    claims.check_all_taken()
    return found, Origin(
        log_id=epoch[0],
        sequence=epoch[1],
        own_name=session_name(found.access_key_id),
        ancestors=(found.access_key_id, *names),
        account_id=found.account_id,
        principals=(found.principal_id, found.origin_id, *principals),
        ancestor_principals=principals,
    )


def _check_lifetime(claims: SessionClaims) -> None:
    most = _LIFETIMES_MAX.get(claims.kind)
    lifetime = claims.expire_time - claims.issue_time
    if most is None or not _NO_TIME < lifetime <= most:
        raise untrusted()
