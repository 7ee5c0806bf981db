"""The proof of AssumeRoleWithSAML: from text that anyone may send to what it proves.

The order is fixed: shape, status, signature, and only then what the assertion says.
An assertion that came encrypted fails in one way, whatever is wrong up to its
signature.

SPEC: sts-operations 1.2 and details 36 to 38; attacks S01 to S62.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from daypass.core import saml_limits as limits
from daypass.federation.saml import (
    base64_text,
    document,
    refusals,
    response,
    screening,
    signature,
)
from daypass.federation.saml.attributes import Attributes
from daypass.federation.saml.condition_keys import attribute_keys, name_qualifier
from daypass.federation.saml.conditions import read_conditions, session_end
from daypass.federation.saml.decrypt import decrypt
from daypass.federation.saml.document import ResponseShape
from daypass.federation.saml.names import saml
from daypass.federation.saml.options import (
    STRICT,
    Compatibility,
    EncryptionMode,
    ServiceProvider,
)
from daypass.federation.saml.provider import IdentityProvider
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.signature import SignedElement, SignedPlace
from daypass.federation.saml.subject import Subject, read_subject
from daypass.federation.saml.times import instant, is_future, is_past
from daypass.federation.saml.verified import VerifiedAssertion
from daypass.federation.saml.xml import XmlElement, load, read
from daypass.federation.saml.xml_text import RESPONSE_BOUNDS

_CHILDREN: Final = frozenset(
    {
        saml("Issuer"),
        saml("Subject"),
        saml("Conditions"),
        saml("AuthnStatement"),
        saml("AttributeStatement"),
    }
)


@dataclass(frozen=True, slots=True)
class Expectations:
    """What one call expects of an assertion.

    Attributes:
        provider: who must have made it.
        service_provider: for whom it must have been made.
        compatibility: which checks the installation gives up.
        request_id: the sign-in request that it must answer, or None where there was
            none and it must answer none.
    """

    provider: IdentityProvider
    service_provider: ServiceProvider
    compatibility: Compatibility = STRICT
    request_id: str | None = None


def verify(text: str, expected: Expectations, *, now: datetime) -> VerifiedAssertion:
    """Verifies a response and returns what its assertion says.

    Whether it has been used before, and whether the role trusts it, is not asked.

    Args:
        text: the parameter SAMLAssertion: the response in base64.
        expected: who must have made it, and for whom.
        now: the time.

    Raises:
        InvalidIdentityTokenError: it is not a good response of this provider for us.
        ExpiredIdentityTokenError: it was one once.
        IdpRejectedClaimError: it says that the provider refused.
        AccessDeniedError: it names no subject.
        ValidationError: its session duration is out of range.
    """
    try:
        return _verify(text, expected, now)
    except SamlRefusedError as exc:
        raise refusals.invalid(exc.reason) from exc


def _verify(text: str, expected: Expectations, now: datetime) -> VerifiedAssertion:
    least, most = (
        limits.SAML_ASSERTION_CHARACTERS_MIN,
        limits.SAML_ASSERTION_CHARACTERS_MAX,
    )
    if not least <= len(text) <= most:
        raise SamlRefusedError("length")
    loaded = load(base64_text.decode(text), RESPONSE_BOUNDS)
    candidate = screening.signed_node(loaded)
    if candidate is not None:
        _screen(candidate, expected)
    root = document.check_response(read(loaded.root))
    response.check_status(root)
    shape = document.find_assertion(root)
    expected.provider.metadata.check_current(now)
    envelope, signed = _check_signatures(loaded.octets, shape, expected, now)
    response.check_envelope(
        envelope,
        signed=shape.signed,
        entity_id=expected.provider.metadata.entity_id,
        service_provider=expected.service_provider,
        now=now,
    )
    return _Reader(expected, now).read(signed, envelope)


def _screen(candidate: etree._Element, expected: Expectations) -> None:
    try:
        screening.screen(candidate, expected.provider.metadata.certificates)
    except SamlRefusedError as exc:
        raise refusals.signature_invalid(exc.reason) from exc


def _check_signatures(
    octets: bytes, shape: ResponseShape, expected: Expectations, now: datetime
) -> tuple[XmlElement, SignedElement]:
    """Returns the response, as signed if it is, and the signed assertion."""
    if expected.provider.encryption is EncryptionMode.REQUIRED and not shape.encrypted:
        raise SamlRefusedError("not_encrypted")
    place = SignedPlace(octets, shape.assertion, below_root=True)
    reason = None
    try:
        envelope = shape.response
        if shape.signed:
            whole = SignedPlace(octets, envelope, below_root=False)
            envelope = _signed(whole, expected, now).root
        if shape.encrypted:
            reason = "encrypted_assertion"
            place = _decrypted_place(shape.assertion, expected)
        return envelope, _signed(place, expected, now)
    except SamlRefusedError as exc:
        raise refusals.signature_invalid(reason or exc.reason) from exc


def _signed(place: SignedPlace, expected: Expectations, now: datetime) -> SignedElement:
    return signature.verify(
        place,
        expected.provider.metadata.certificates,
        now=now,
        unsafe_accept_expired=(
            expected.compatibility.unsafe_accept_expired_certificates
        ),
        bounds=RESPONSE_BOUNDS,
    )


def _decrypted_place(encrypted: XmlElement, expected: Expectations) -> SignedPlace:
    octets = decrypt(
        encrypted, expected.provider.decryption_keys, expected.service_provider
    )
    loaded = load(octets, RESPONSE_BOUNDS)
    screening.screen(loaded.root, expected.provider.metadata.certificates)
    root = document.check_assertion(read(loaded.root))
    return SignedPlace(octets, root, below_root=False)


class _Reader:
    """Reads a signed assertion."""

    def __init__(self, expected: Expectations, now: datetime) -> None:
        self._expected = expected
        self._now = now

    def read(self, signed: SignedElement, envelope: XmlElement) -> VerifiedAssertion:
        """Checks what the assertion says and returns it.

        Args:
            signed: the assertion.
            envelope: the response, which can only contradict it.
        """
        provider, now, assertion = self._expected.provider, self._now, signed.root
        assertion.check_children(_CHILDREN)
        response.check_version(assertion)
        issuer = assertion.one(saml("Issuer"))
        response.check_issuer(issuer, provider.metadata.entity_id)
        if is_future(instant(assertion.attribute("IssueInstant")), now=now):
            raise SamlRefusedError("issued_in_future")
        conditions = read_conditions(
            assertion,
            service_provider=self._expected.service_provider,
            compatibility=self._expected.compatibility,
            now=now,
        )
        subject = read_subject(assertion, self._expected.service_provider)
        self._check_request(subject, envelope)
        attributes = Attributes(assertion)
        end = min(conditions.not_on_or_after, subject.not_on_or_after)
        found = VerifiedAssertion(
            provider_arn=provider.arn,
            provider_document=f"{provider.account_id}/{provider.name}",
            assertion_id=assertion.attribute("ID"),
            issuer=issuer.plain_text(),
            key_id=signed.key_id,
            subject=subject.name,
            subject_type=subject.name_format,
            audience=subject.recipient,
            name_qualifier=name_qualifier(
                issuer=issuer.plain_text(),
                account_id=provider.account_id,
                provider_name=provider.name,
            ),
            session_name=attributes.session_name(),
            source_identity=attributes.source_identity(),
            session_duration=attributes.session_duration(),
            session_not_on_or_after=session_end(assertion, now=now),
            not_on_or_after=end,
            single_use=(
                conditions.one_time_use
                or not self._expected.compatibility.unsafe_accept_replay
            ),
            roles=attributes.roles(),
            tags=attributes.principal_tags(),
            _attribute_keys=attribute_keys(attributes),
        )
        self._check_end(found)
        return found

    def _check_request(self, subject: Subject, envelope: XmlElement) -> None:
        """Returns when the assertion answers the request that there was, if any."""
        request_id = subject.request_id
        if envelope.attributes.get("InResponseTo") != request_id:
            raise SamlRefusedError("request_contradictory")
        accepted = self._expected.compatibility.unsafe_accept_unknown_request
        if request_id != self._expected.request_id and not accepted:
            raise SamlRefusedError("request_unknown")

    def _check_end(self, found: VerifiedAssertion) -> None:
        """Returns when nothing of the assertion has ended."""
        if is_past(found.not_on_or_after, now=self._now):
            raise refusals.expired("not_on_or_after")
        if found.not_on_or_after > self._now + limits.SAML_ASSERTION_LIFETIME_MAX:
            raise SamlRefusedError("lifetime_too_long")
        session = found.session_not_on_or_after
        if session is not None and session <= self._now:
            raise refusals.expired("session_not_on_or_after")
