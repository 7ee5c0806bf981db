"""The checks of the response around an assertion.

A response need not be signed, so that nothing of it is ever taken over: whatever is
read here can refuse an assertion and cannot improve one.

SPEC: sts-operations 1.2; SAML 2.0 core 3.2 and profiles 4.1.4; attacks S37, S38,
S45, S55, S56.
"""

from __future__ import annotations

from datetime import datetime

from daypass.federation.saml import refusals
from daypass.federation.saml.names import ENTITY_FORMAT, SUCCESS, saml, samlp
from daypass.federation.saml.options import ServiceProvider
from daypass.federation.saml.times import instant, is_future
from daypass.federation.saml.xml import XmlElement


def check_status(response: XmlElement) -> None:
    """Returns when the provider says that the person has signed in.

    Raises:
        IdpRejectedClaimError: it says that something failed.
        SamlRefusedError: it does not say it in one clear way.
    """
    code = response.one(samlp("Status")).one(samlp("StatusCode"))
    if code.attribute("Value") != SUCCESS:
        raise refusals.provider_failed("status")
    if code.children:
        raise refusals.SamlRefusedError("status_nested")


def check_envelope(
    response: XmlElement,
    *,
    signed: bool,
    entity_id: str,
    service_provider: ServiceProvider,
    now: datetime,
) -> None:
    """Returns when version, issuer, destination and time of a response are right.

    Args:
        response: the response.
        signed: whether it has a signature, and must hence name its destination.
        entity_id: the name of the provider.
        service_provider: who we are.
        now: the time.

    Raises:
        SamlRefusedError: one of them is not.
    """
    check_version(response)
    if is_future(instant(response.attribute("IssueInstant")), now=now):
        raise refusals.SamlRefusedError("issued_in_future")
    issuer = response.optional(saml("Issuer"))
    if issuer is not None:
        check_issuer(issuer, entity_id)
    destination = response.attributes.get("Destination")
    if destination is None:
        if signed:
            raise refusals.SamlRefusedError("destination_missing")
    elif not service_provider.is_recipient(destination):
        raise refusals.SamlRefusedError("destination_not_ours")


def check_version(element: XmlElement) -> None:
    """Returns when a response or an assertion is of SAML 2.0.

    Raises:
        SamlRefusedError: it is not.
    """
    if element.attribute("Version") != "2.0":
        raise refusals.SamlRefusedError("version")


def check_issuer(issuer: XmlElement, entity_id: str) -> None:
    """Returns when an issuer is the provider, to the byte.

    Raises:
        SamlRefusedError: it is somebody else, or named in another way.
    """
    entity_format = issuer.attributes.get("Format", ENTITY_FORMAT)
    if issuer.plain_text() != entity_id or entity_format != ENTITY_FORMAT:
        raise refusals.SamlRefusedError("issuer_not_ours")
