"""What an installation expects of assertions, and what it lets pass.

SPEC: sts-operations 1.2, "checks", the allow-list of recipients and the audience.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

_SIGN_IN: Final = re.compile(
    r"https://(?:[a-z]{2}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}\.)?signin\.aws\.amazon\.com/saml",
    re.ASCII,
)
_AUDIENCE: Final = "urn:amazon:webservices"


class EncryptionMode(Enum):
    """Whether the assertions of a provider must be encrypted."""

    ALLOWED = "Allowed"
    REQUIRED = "Required"


@dataclass(frozen=True, slots=True)
class ServiceProvider:
    """Who we are to identity providers: what assertions may be addressed to.

    The sign-in URLs and the audience of AWS are always among them, so that a
    provider that is set up for AWS needs no change.

    Attributes:
        acs_urls: further recipients, compared byte for byte.
        entity_ids: further audiences, compared byte for byte.
    """

    acs_urls: frozenset[str] = frozenset()
    entity_ids: frozenset[str] = frozenset()

    def is_recipient(self, url: str) -> bool:
        """Tells whether an assertion for this recipient is for us."""
        return url in self.acs_urls or _SIGN_IN.fullmatch(url) is not None

    def is_audience(self, uri: str) -> bool:
        """Tells whether an assertion for this audience is for us."""
        return uri == _AUDIENCE or uri in self.entity_ids or self.is_recipient(uri)


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Checks that an installation gives up, each by its name; none by default.

    AWS itself does not make the first three, as others have observed.

    Attributes:
        unsafe_ignore_audience: take assertions whatever their audience.
        unsafe_ignore_not_before: take assertions before they become good.
        unsafe_accept_replay: take an assertion more than once, unless it says
            itself that it is for one use.
        unsafe_accept_expired_certificates: take signatures of certificates outside
            their validity. The metadata's own validity counts nevertheless.
        unsafe_accept_unknown_request: take answers to a sign-in request that we do
            not know of. They must still name the same request throughout.
    """

    unsafe_ignore_audience: bool = False
    unsafe_ignore_not_before: bool = False
    unsafe_accept_replay: bool = False
    unsafe_accept_expired_certificates: bool = False
    unsafe_accept_unknown_request: bool = False


STRICT: Final = Compatibility()
