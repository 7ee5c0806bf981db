"""Which accounts name their principals to others, and as which issuers.

Whoever trusts an issuer trusts the account behind it, so that no two accounts have
the same one.

SPEC: sts-operations 1.11.
"""

from __future__ import annotations

from collections.abc import Mapping

from daypass.directory.declared import OutboundFederation
from daypass.directory.index import FaultLog, Index
from daypass.directory.yaml_tree import Place

_SECTION = "outbound_federation"


def read_outbound(index: Index, log: FaultLog) -> Mapping[str, OutboundFederation]:
    """Returns the outbound federation of each account that declares it, by its id."""
    found: dict[str, OutboundFederation] = {}
    declared: dict[str, Place] = {}
    issuers: dict[str, Place] = {}
    for account in index.accounts.values():
        for content, file in account.files:
            raw = content.outbound_federation
            if raw is None:
                continue
            place = file.at(_SECTION)
            if not _is_first(account.account_id, place, declared, log):
                continue
            if raw.issuer is not None:
                # Verifiers differ in how they take a last slash and the case.
                name = raw.issuer.rstrip("/").casefold()
                _is_first(name, place.at("issuer"), issuers, log)
            found[account.account_id] = OutboundFederation(raw.enabled, raw.issuer)
    return found


def _is_first(name: str, place: Place, seen: dict[str, Place], log: FaultLog) -> bool:
    other = seen.setdefault(name, place)
    if other is not place:
        log.add(place, f"{other.file}:{other.line} declares this, too")
    return other is place
