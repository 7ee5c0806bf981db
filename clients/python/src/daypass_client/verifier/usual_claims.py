"""The form that the claims of most sessions have, read by one expression.

A session that is neither chained nor federated, and has neither tags, policies nor a
source identity, says what every session says and nothing else, in the order in which
servers write it. What has exactly this form, in ASCII and without an escape, is read
here at a fraction of the time; what differs in anything is left to the strict reader,
which reads the same of it or refuses it.

SPEC: RFC 7519 section 4; RFC 8259.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from daypass_client.verifier.claims import SECONDS_MAX

# A string of JSON whose characters stand for themselves.
_TEXT: Final = r'"([ !#-\[\]-~]*+)"'
# An integer in its one spelling, of as many digits as the latest time has.
_NUMBER: Final = rf"(0|[1-9][0-9]{{0,{len(str(SECONDS_MAX)) - 1}}})"
_USUAL: Final = re.compile(
    rf'\{{"ver":1,"iss":{_TEXT},"jti":{_TEXT},"sub":{_TEXT},"iat":{_NUMBER}'
    rf',"exp":{_NUMBER},"kind":{_TEXT},"acct":{_TEXT},"name":{_TEXT}'
    rf',"epoch":\[{_TEXT},{_NUMBER}\],"dkid":"[ !#-\[\]-~]*+","origin":{_TEXT}\}} *+',
    re.ASCII,
)


class UsualClaims(NamedTuple):
    """What a session says; times and the place in the log are integers in range."""

    ring_id: str
    access_key_id: str
    principal_id: str
    issued_at: int
    expires_at: int
    kind: str
    account_id: str
    session_name: str
    log_id: str
    sequence: int
    origin_id: str


def read_usual(payload: bytes) -> UsualClaims | None:
    """Returns the claims, or None where they have not exactly this form."""
    # What is not ASCII becomes a character that no part of the form takes.
    match = _USUAL.fullmatch(str(payload, "ascii", "replace"))
    if match is None:
        return None
    ring, name, sub, begin, end, kind, account, session, log, place, origin = (
        match.groups()
    )
    issued, expires, sequence = int(begin), int(end), int(place)
    if max(issued, expires, sequence) > SECONDS_MAX:
        return None
    return UsualClaims(
        *(ring, name, sub, issued, expires, kind, account, session),
        *(log, sequence, origin),
    )
