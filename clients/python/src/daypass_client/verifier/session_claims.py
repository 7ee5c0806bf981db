"""The claims of a session token, a closed list; `clients/README.md` has its table.

What only a server uses (policies of the session, the derivation secret) is read, so
that a token is refused which no server would take, and not kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from daypass_client import limits
from daypass_client.verifier import base64url
from daypass_client.verifier.claims import Claims
from daypass_client.verifier.errors import untrusted
from daypass_client.verifier.lineage import (
    Origin,
    account,
    principal,
    session_name,
)
from daypass_client.verifier.strict_json import JsonValue, loads_object
from daypass_client.verifier.usual_claims import UsualClaims, read_usual
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
_PACKED_MEMBERS: Final = frozenset({"p", "a", "t", "x"})


@dataclass(frozen=True, slots=True)
class _Packed:
    """Of policies and tags, packed into one claim, the tags."""

    tags: Mapping[str, str]
    transitive_tag_keys: tuple[str, ...]


_NOTHING: Final = _Packed(MappingProxyType({}), ())
_NO_KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
_NO_TIME: Final = timedelta(0)


def read(payload: bytes) -> tuple[SessionClaims, Origin]:
    """Reads the claims, and what a revocation may name to end the session.

    Args:
        payload: what a key has vouched for.

    Raises:
        RefusedError: they are not those of a session.
    """
    usual = read_usual(payload)
    return _read_any(Claims.of(payload)) if usual is None else _read_usual(usual)


def _read_usual(usual: UsualClaims) -> tuple[SessionClaims, Origin]:
    """Reads claims of the form that most have."""
    ring_id, name, sub, begin, end, kind, owner, session, log, place, origin = usual
    _check_lifetime(kind, timedelta(seconds=end - begin))
    # In the order of its fields; what the form leaves out is absent.
    found = SessionClaims(
        kind,
        owner,
        name,
        sub,
        session,
        datetime.fromtimestamp(begin, UTC),
        datetime.fromtimestamp(end, UTC),
        origin,
        "",
        _NOTHING.tags,
        (),
        None,
        "",
        _NO_KEYS,
        ring_id,
    )
    others = (account(owner), principal(sub), principal(origin))
    return found, Origin(log, place, session_name(name), (name,), others)


def _read_any(claims: Claims) -> tuple[SessionClaims, Origin]:
    """Reads claims of any form, one by one."""
    if claims.integer("ver") != _VERSION:
        raise untrusted()
    kind, packed = claims.text("kind"), _unpack(claims.text_or_none("packed"))
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
        tags=packed.tags,
        transitive_tag_keys=packed.transitive_tag_keys,
        mfa_time=claims.instant_or_none("mfa"),
        federated_provider=claims.text_or_none("idp") or "",
        federated_keys=MappingProxyType(claims.text_lists("fed")),
        ring_id=claims.text("iss"),
    )
    claims.text("dkid")
    claims.instant_or_none("cbeg")
    names, principals = claims.texts("anc"), claims.texts("ancp")
    claims.check_all_taken()
    _check_lifetime(kind, found.expire_time - found.issue_time)
    return found, Origin(
        log_id=epoch[0],
        sequence=epoch[1],
        own_name=session_name(found.access_key_id),
        ancestors=(found.access_key_id, *names),
        others=(
            account(found.account_id),
            *map(principal, (found.principal_id, found.origin_id, *principals)),
            # The unique id of a root user is its account.
            *map(account, principals),
        ),
    )


def _check_lifetime(kind: str, span: timedelta) -> None:
    most = _LIFETIMES_MAX.get(kind)
    if most is None or not _NO_TIME < span <= most:
        raise untrusted()


def _unpack(text: str | None) -> _Packed:
    if text is None:
        return _NOTHING
    try:
        decompressor = zlib.decompressobj()
        data = decompressor.decompress(
            base64url.decode(text.encode("ascii")), limits.UNPACKED_TAGS_BYTES_MAX
        )
        members = loads_object(data)
    except (ValueError, zlib.error):
        raise untrusted() from None
    whole = decompressor.eof and not decompressor.unused_data
    if not whole or not members.keys() <= _PACKED_MEMBERS:
        raise untrusted()
    claims = Claims(members)
    claims.text_or_none("p")
    claims.texts("a")
    tags: dict[str, JsonValue] = claims.members("t").rest() if claims.has("t") else {}
    if not all(isinstance(value, str) for value in tags.values()):
        raise untrusted()
    return _Packed(
        MappingProxyType({key: str(value) for key, value in tags.items()}),
        claims.texts("x"),
    )
