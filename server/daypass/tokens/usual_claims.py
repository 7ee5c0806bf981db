"""The form that the claims of most sessions have, read by one expression.

A session that no provider's proof began says what every session says, and behind that
what it has of a chain, a source identity, a second factor, policies and tags, in the
order in which `session_claims` writes it. What has exactly this form, in ASCII and
without an escape, is read here at a fraction of the time; what differs in anything is
left to the strict loader, which reads the same of it or refuses it.

SPEC: design 6; attacks J19, J21, J22, J51; decision 0089.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from daypass.core.limits import EPOCH_SECONDS_MAX
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind
from daypass.tokens.packing import NOTHING_PACKED, unpack

# Sessions that are shown within an hour begin and end within as many seconds.
_INSTANTS_MAX: Final = 4_096
_NO_KEYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
_KINDS: Final = {kind.value: kind for kind in SessionKind}
# What a string of JSON holds whose characters stand for themselves.
_PLAIN: Final = r"[ !#-\[\]-~]*+"
_TEXT: Final = rf'"({_PLAIN})"'
# A list of at least one of them, less the first and the last quotation mark.
_TEXTS: Final = rf'\["({_PLAIN}(?:","{_PLAIN})*)"\]'
_BETWEEN: Final = '","'
# An integer in its one spelling, of fewer digits than the latest time has.
_NUMBER: Final = rf"(0|[1-9][0-9]{{0,{len(str(EPOCH_SECONDS_MAX)) - 2}}})"
_ALWAYS: Final = (
    rf'"ver":1,"iss":{_TEXT},"jti":{_TEXT},"sub":{_TEXT},"iat":{_NUMBER}'
    rf',"exp":{_NUMBER},"kind":{_TEXT},"acct":{_TEXT},"name":{_TEXT}'
    rf',"epoch":\[{_TEXT},{_NUMBER}\],"dkid":{_TEXT},"origin":{_TEXT}'
)
_ALWAYS_COUNT: Final = 12
_AT_TIMES: Final = (
    rf'(?:,"cbeg":{_NUMBER})?(?:,"anc":{_TEXTS})?(?:,"ancp":{_TEXTS})?'
    rf'(?:,"srcid":{_TEXT})?(?:,"mfa":{_NUMBER})?(?:,"packed":{_TEXT})?'
)
_USUAL: Final = re.compile(rf"\{{{_ALWAYS}{_AT_TIMES}\}} *+", re.ASCII)


@lru_cache(maxsize=_INSTANTS_MAX)
def _instant(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def read_usual(payload: bytes, *, ring_id: str) -> Session | None:
    """Reads the claims of a session.

    Returns:
        The session; None where the claims have not exactly this form, or are of
        another deployment or of no kind that there is.

    Raises:
        TokenRefusedError: policies and tags are not packed as they must be.
    """
    # What is not ASCII becomes a character that no part of the form takes.
    match = _USUAL.fullmatch(str(payload, "ascii", "replace"))
    if match is None:
        return None
    found = match.groups()
    ring, name, sub, begin, end, kind, account, session, log, place, key, origin = (
        found[:_ALWAYS_COUNT]
    )
    if ring != ring_id or kind not in _KINDS:
        return None
    began, ancestors, principals, source, shown, packed = found[_ALWAYS_COUNT:]
    unpacked = NOTHING_PACKED if packed is None else unpack(packed)
    # In the order of its fields.
    return Session(
        _KINDS[kind],
        name,
        account,
        sub,
        session,
        _instant(begin),
        _instant(end),
        Epoch(log, int(place)),
        key,
        origin,
        None if began is None else _instant(began),
        () if ancestors is None else tuple(ancestors.split(_BETWEEN)),
        () if principals is None else tuple(principals.split(_BETWEEN)),
        unpacked.tags,
        unpacked.transitive_tag_keys,
        source,
        None if shown is None else _instant(shown),
        None,
        _NO_KEYS,
        unpacked.policies,
    )
