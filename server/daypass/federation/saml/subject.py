"""Whom an assertion is about, and for whom, until when and in answer to what.

SPEC: sts-operations 1.2; SAML 2.0 core 2.4 and profiles 4.1.4.2; attacks S28 to S30,
S37 to S39, S42.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from daypass.core import saml_limits as limits
from daypass.federation.saml import refusals
from daypass.federation.saml.names import (
    BEARER,
    FORMAT_PREFIX,
    UNSPECIFIED_FORMAT,
    saml,
)
from daypass.federation.saml.options import ServiceProvider
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.times import instant
from daypass.federation.saml.xml import XmlElement

_SUBJECT_CHILDREN: Final = frozenset({saml("NameID"), saml("SubjectConfirmation")})
_CONFIRMATION_CHILDREN: Final = frozenset({saml("SubjectConfirmationData")})
# Controls, formats that are not seen, and breaks of lines and paragraphs.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of an assertion.

    Attributes:
        name: the text of its NameID, byte for byte.
        name_format: the short word of a format of SAML 2.0, else the whole URI.
        recipient: for which of our URLs it was made.
        not_on_or_after: when it ends.
        request_id: the request that it answers, or None.
    """

    name: str
    name_format: str
    recipient: str
    not_on_or_after: datetime
    request_id: str | None


def read_subject(assertion: XmlElement, service_provider: ServiceProvider) -> Subject:
    """Reads the subject, of which the bearer must be confirmed in exactly one way.

    An address that the provider saw is not compared: between it and us a person may
    have several.

    Raises:
        SamlRefusedError: the confirmation is another, is incomplete, or is not made
            for us.
        AccessDeniedError: there is no NameID.
    """
    subject = assertion.one(saml("Subject"))
    subject.check_children(_SUBJECT_CHILDREN)
    confirmation = subject.one(saml("SubjectConfirmation"))
    confirmation.check_children(_CONFIRMATION_CHILDREN)
    if confirmation.attribute("Method") != BEARER:
        raise SamlRefusedError("confirmation_not_bearer")
    data = confirmation.one(saml("SubjectConfirmationData"))
    data.check_children(frozenset())
    if "NotBefore" in data.attributes:
        raise SamlRefusedError("confirmation_not_before")
    recipient = data.attribute("Recipient")
    if not service_provider.is_recipient(recipient):
        raise SamlRefusedError("recipient_not_ours")
    name, name_format = _name(subject)
    return Subject(
        name=name,
        name_format=name_format,
        recipient=recipient,
        not_on_or_after=instant(data.attribute("NotOnOrAfter")),
        request_id=data.attributes.get("InResponseTo"),
    )


def _name(subject: XmlElement) -> tuple[str, str]:
    name_id = subject.optional(saml("NameID"))
    name = "" if name_id is None else name_id.plain_text()
    if name_id is None or not name:
        raise refusals.not_authorized("name_id_missing")
    if len(name) > limits.SAML_NAME_ID_CHARACTERS_MAX or not _is_visible(name):
        raise SamlRefusedError("name_id_characters")
    uri = name_id.attributes.get("Format", UNSPECIFIED_FORMAT)
    return name, uri.removeprefix(FORMAT_PREFIX)


def _is_visible(text: str) -> bool:
    """Tells whether all of a text can be seen, its beginning and end included."""
    if text[0].isspace() or text[-1].isspace():
        return False
    return not any(unicodedata.category(character) in _INVISIBLE for character in text)
