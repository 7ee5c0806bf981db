"""The form that the claims of most sessions have, read by one expression.

A session that no provider's proof began says what every session says, and behind that
what it has of a chain, a source identity, a second factor, policies and tags, in the
order in which servers write it. What has exactly this form, in ASCII and without an
escape, is read here at a fraction of the time; what differs in anything is left to the
strict reader, which reads the same of it or refuses it.

SPEC: RFC 7519 section 4; RFC 8259.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from daypass_client.verifier.claims import SECONDS_MAX
from daypass_client.verifier.lineage import Origin, session_name
from daypass_client.verifier.packed_claim import NOTHING, unpack
from daypass_client.verifier.values import SessionClaims

_NO_KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})

# What a string of JSON holds whose characters stand for themselves.
_PLAIN: Final = r"[ !#-\[\]-~]*+"
_TEXT: Final = rf'"({_PLAIN})"'
# A list of at least one of them, less the first and the last quotation mark.
_TEXTS: Final = rf'\["({_PLAIN}(?:","{_PLAIN})*)"\]'
_BETWEEN: Final = '","'
# An integer in its one spelling, of fewer digits than the latest time has.
_NUMBER: Final = rf"(0|[1-9][0-9]{{0,{len(str(SECONDS_MAX)) - 2}}})"
_ALWAYS: Final = (
    rf'"ver":1,"iss":{_TEXT},"jti":{_TEXT},"sub":{_TEXT},"iat":{_NUMBER}'
    rf',"exp":{_NUMBER},"kind":{_TEXT},"acct":{_TEXT},"name":{_TEXT}'
    rf',"epoch":\[{_TEXT},{_NUMBER}\],"dkid":"{_PLAIN}","origin":{_TEXT}'
)
_ALWAYS_COUNT: Final = 11
_AT_TIMES: Final = (
    rf'(?:,"cbeg":{_NUMBER})?(?:,"anc":{_TEXTS})?(?:,"ancp":{_TEXTS})?'
    rf'(?:,"srcid":{_TEXT})?(?:,"mfa":{_NUMBER})?(?:,"packed":{_TEXT})?'
)
_USUAL: Final = re.compile(rf"\{{{_ALWAYS}{_AT_TIMES}\}} *+", re.ASCII)


def read_usual(payload: bytes) -> tuple[SessionClaims, Origin] | None:
    """Reads the claims, or returns None where they have not exactly this form.

    Raises:
        RefusedError: policies and tags are not packed as they must be.
    """
    # What is not ASCII becomes a character that no part of the form takes.
    match = _USUAL.fullmatch(str(payload, "ascii", "replace"))
    if match is None:
        return None
    ring, name, sub, begin, end, kind, owner, session, log, place, origin = (
        match.groups()[:_ALWAYS_COUNT]
    )
    _, ancestors, principals, source, shown, packed = match.groups()[_ALWAYS_COUNT:]
    unpacked = NOTHING if packed is None else unpack(packed)
    # In the order of its fields.
    claims = SessionClaims(
        kind,
        owner,
        name,
        sub,
        session,
        datetime.fromtimestamp(int(begin), UTC),
        datetime.fromtimestamp(int(end), UTC),
        origin,
        source or "",
        unpacked.tags,
        unpacked.transitive_tag_keys,
        None if shown is None else datetime.fromtimestamp(int(shown), UTC),
        "",
        _NO_KEYS,
        ring,
    )
    lineage = () if principals is None else tuple(principals.split(_BETWEEN))
    return claims, Origin(
        log,
        int(place),
        session_name(name),
        (name,) if ancestors is None else (name, *ancestors.split(_BETWEEN)),
        owner,
        (sub, origin, *lineage),
        lineage,
    )
