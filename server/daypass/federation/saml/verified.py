"""What an assertion says, once it is known to be good.

SPEC: sts-operations 1.2; policy-language 6.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from daypass.core import saml_limits as limits
from daypass.federation.saml import refusals
from daypass.federation.saml.attributes import PrincipalTags, RolePair

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class VerifiedAssertion:
    """An assertion that a pinned key vouches for, made for us, and still good.

    Only `assertion.verify` makes one. Every value comes from the octets that were
    signed.

    Attributes:
        provider_arn: the provider it was verified for.
        provider_document: `<account>/<provider name>`.
        assertion_id: its ID, unique at this provider.
        issuer: the provider's name for itself.
        key_id: names the key that signed it.
        subject: the text of the NameID, byte for byte.
        subject_type: the NameID's format; of SAML 2.0's own only the last word.
        audience: the recipient that it was made for.
        name_qualifier: with a persistent subject it names a person for good.
        session_name: the name of the role session.
        source_identity: the source identity that the session gets, or None.
        session_duration: the longest session that the provider wants, or None.
        session_not_on_or_after: when the session must have ended, or None.
        not_on_or_after: when the assertion ends.
        single_use: whether it may be taken only once.
        roles: which roles the subject may have.
        tags: the session tags, which are still to be checked.
    """

    provider_arn: str
    provider_document: str
    assertion_id: str
    issuer: str
    key_id: str
    subject: str
    subject_type: str
    audience: str
    name_qualifier: str
    session_name: str
    source_identity: str | None
    session_duration: timedelta | None
    session_not_on_or_after: datetime | None
    not_on_or_after: datetime
    single_use: bool
    roles: frozenset[RolePair]
    tags: PrincipalTags
    _attribute_keys: Mapping[str, tuple[str, ...]] = field(repr=False)

    @property
    def replay_key(self) -> tuple[str, str, str]:
        """The same for every copy of this assertion, whatever it is wrapped in.

        NOTE: the issuer and not the ARN: where several accounts trust one issuer, an
        assertion is good once in all of them together. And the key: an account whose
        provider gives itself the same name uses up nothing but its own.
        """
        return (self.issuer, self.assertion_id, self.key_id)

    @property
    def remember_until(self) -> datetime:
        """When no copy of this assertion is good any more, on whichever clock."""
        return self.not_on_or_after + limits.SAML_CLOCK_SKEW_MAX

    def check_role(self, role_arn: str) -> None:
        """Returns when the provider lets the subject have this role.

        Raises:
            AccessDeniedError: it does not name the role together with itself.
        """
        if RolePair(role_arn, self.provider_arn) not in self.roles:
            raise refusals.not_authorized("role_not_listed")

    def lifetime_max(self, *, now: datetime) -> timedelta | None:
        """Returns the longest session that may begin now, or None for no limit.

        It may be shorter than any session that one can ask for, in whole seconds.

        Raises:
            ExpiredIdentityTokenError: nothing is left of it.
        """
        spans = []
        if self.session_duration is not None:
            spans.append(self.session_duration)
        if self.session_not_on_or_after is not None:
            spans.append(self.session_not_on_or_after - now)
        if not spans:
            return None
        seconds = min(spans) // _SECOND
        if seconds < 1:
            raise refusals.expired("session_not_on_or_after")
        return timedelta(seconds=seconds)

    def condition_keys(self) -> dict[str, tuple[str, ...]]:
        """Returns the keys that the role's trust policy sees, and their values."""
        return {
            **self._attribute_keys,
            **self.session_condition_keys(),
            "saml:aud": (self.audience,),
            "saml:iss": (self.issuer,),
            "saml:doc": (self.provider_document,),
        }

    def session_condition_keys(self) -> dict[str, tuple[str, ...]]:
        """Returns the keys that later requests of the session still see."""
        return {
            "saml:sub": (self.subject,),
            "saml:sub_type": (self.subject_type,),
            "saml:namequalifier": (self.name_qualifier,),
        }
