"""When and for whom an assertion is good.

SPEC: sts-operations 1.2; SAML 2.0 core 2.5 and 2.7.2; attacks S36, S39, S41, S57.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from daypass.federation.saml.names import saml
from daypass.federation.saml.options import Compatibility, ServiceProvider
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.times import instant, is_future
from daypass.federation.saml.xml import XmlElement

_AUDIENCES: Final = saml("AudienceRestriction")
_ONE_USE: Final = saml("OneTimeUse")
# What nobody here understands may be what makes an assertion bad.
_UNDERSTOOD: Final = frozenset({_AUDIENCES, _ONE_USE})
_AUDIENCE_ONLY: Final = frozenset({saml("Audience")})


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of an assertion that have been found to hold, but for its end.

    Attributes:
        not_on_or_after: when it ends.
        one_time_use: whether it says that it is for one use.
    """

    not_on_or_after: datetime
    one_time_use: bool


def read_conditions(
    assertion: XmlElement,
    *,
    service_provider: ServiceProvider,
    compatibility: Compatibility,
    now: datetime,
) -> Conditions:
    """Reads the conditions and checks all of them but the end.

    Raises:
        SamlRefusedError: there are none, one does not hold or is not understood.
    """
    conditions = assertion.one(saml("Conditions"))
    conditions.check_children(_UNDERSTOOD)
    end = instant(conditions.attribute("NotOnOrAfter"))
    if "NotBefore" in conditions.attributes:
        begin = instant(conditions.attributes["NotBefore"])
        if begin >= end:
            raise SamlRefusedError("conditions_empty_period")
        ignored = compatibility.unsafe_ignore_not_before
        if is_future(begin, now=now) and not ignored:
            raise SamlRefusedError("not_yet_valid")
    if not compatibility.unsafe_ignore_audience:
        _check_audiences(conditions.all(_AUDIENCES), service_provider)
    one_use = conditions.optional(_ONE_USE)
    return Conditions(end, one_use is not None)


def _check_audiences(
    restrictions: tuple[XmlElement, ...], service_provider: ServiceProvider
) -> None:
    """Returns when each restriction, of which there must be one, names us."""
    if not restrictions:
        raise SamlRefusedError("audience_missing")
    for restriction in restrictions:
        restriction.check_children(_AUDIENCE_ONLY)
        names = [audience.plain_text() for audience in restriction.children]
        if not any(service_provider.is_audience(name) for name in names):
            raise SamlRefusedError("audience_not_ours")


def session_end(assertion: XmlElement, *, now: datetime) -> datetime | None:
    """Returns when the provider's own session ends, or None where it does not say.

    Raises:
        SamlRefusedError: the assertion says of nobody that they have signed in, or
            of somebody that they will.
    """
    statements = assertion.all(saml("AuthnStatement"))
    if not statements:
        raise SamlRefusedError("authentication_missing")
    ends = []
    for statement in statements:
        if is_future(instant(statement.attribute("AuthnInstant")), now=now):
            raise SamlRefusedError("authenticated_in_future")
        if "SessionNotOnOrAfter" in statement.attributes:
            ends.append(instant(statement.attributes["SessionNotOnOrAfter"]))
    return min(ends, default=None)
