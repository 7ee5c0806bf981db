"""What a token of an identity provider says, once it is known to be good.

SPEC: sts-operations 1.3; policy-language 6.5; attacks O17 to O19, O33.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from daypass.core import provider_limits as limits
from daypass.core.strict_json import JsonValue
from daypass.directory.declared import OidcProvider
from daypass.federation.oidc import federated_claims, refusals
from daypass.federation.oidc.claims import IdTokenClaims
from daypass.federation.oidc.condition_keys import (
    GOOGLE,
    ISSUER_CLAIMS,
    LASTING,
    named_by_issuer,
)
from daypass.federation.oidc.federated_claims import PrincipalTags


@dataclass(frozen=True, slots=True)
class VerifiedIdToken:
    """The claims of a token that its issuer has signed for one of our client ids.

    Only `UnverifiedIdToken.verify` makes one.

    Attributes:
        provider_arn: the provider it was verified for.
        issuer: the provider's URL.
        subject: who it is about, unique at this issuer only.
        audience: the registered client id: `azp` where there is one, or `aud`.
        audiences: `aud` as it stands.
        authorized_party: `azp`, or None.
        issue_time: when it was made.
        not_before: when it becomes good, or None.
        expire_time: when it ends. A session that it opens may outlive it.
        methods: how the subject was authenticated, `amr`.
        email: the address, or None where there is none that the issuer stands by.
        tags: the session tags, which are still to be checked.
        source_identity: the source identity that the session gets, or None.
        roles: the roles that the issuer allows, or None where it says nothing.
        replay_id: the same for every copy of this token, whatever its signature.
        may_act: who may act for the subject, as the token says, whatever its form;
            None where it does not say.
        sender_constrained: whether the token is bound to a key (`cnf`), so that
            whoever has it must also prove that key.
    """

    provider_arn: str
    issuer: str
    subject: str
    audience: str
    audiences: tuple[str, ...]
    authorized_party: str | None
    issue_time: datetime
    not_before: datetime | None
    expire_time: datetime
    methods: tuple[str, ...]
    email: str | None
    tags: PrincipalTags
    source_identity: str | None
    roles: frozenset[str] | None
    replay_id: str
    _issuer_claims: Mapping[str, tuple[str, ...]] = field(repr=False)
    may_act: JsonValue = None
    sender_constrained: bool = False

    def check_times(self, *, now: datetime, clock_skew: timedelta) -> None:
        """Returns when the token is good now, the clocks being off by so much.

        Raises:
            InvalidIdentityTokenError: it is of the future, ends before it begins,
                or lasts longer than any token may.
            ExpiredIdentityTokenError: it has ended.
        """
        lifetime = self.expire_time - self.issue_time
        if not timedelta() < lifetime <= limits.ID_TOKEN_LIFETIME_MAX:
            raise refusals.wrong_claim("exp")
        if self.issue_time > now + clock_skew:
            raise refusals.not_yet_valid("iat")
        if self.not_before is not None and self.not_before > now + clock_skew:
            raise refusals.not_yet_valid("nbf")
        if self.expire_time <= now - clock_skew:
            raise refusals.expired(self.expire_time, now)

    def authorizes_role(self, role_arn: str) -> bool:
        """Tells whether the issuer names this role; False where it names none at all.

        It is asked before the role's trust policy, for which the answer is the
        value of `sts:RoleAuthorizedByIdp`.

        Raises:
            InvalidIdentityTokenError: it names roles, and this is not among them.
        """
        if self.roles is None:
            return False
        if role_arn not in self.roles:
            raise refusals.untrusted("role_not_authorized")
        return True

    def condition_keys(self) -> dict[str, tuple[str, ...]]:
        """Returns the keys that the role's trust policy sees, and their values."""
        return named_by_issuer(self.issuer, self._values())

    def session_condition_keys(self) -> dict[str, tuple[str, ...]]:
        """Returns the keys that later requests of the session still see."""
        values = self._values()
        lasting = {name: values[name] for name in values if name in LASTING}
        return named_by_issuer(self.issuer, lasting)

    def _values(self) -> dict[str, tuple[str, ...]]:
        party = self.authorized_party
        # SPEC: policy-language 6.5: Google's tokens have it without azp too.
        has_original = party is not None or self.issuer == GOOGLE
        return {
            **self._issuer_claims,
            "aud": (self.audience,),
            "oaud": self.audiences if has_original else (),
            "azp": () if party is None else (party,),
            "sub": (self.subject,),
            "amr": self.methods,
            "email": () if self.email is None else (self.email,),
        }


def read_verified(
    claims: IdTokenClaims, *, provider: OidcProvider, replay_id: str
) -> VerifiedIdToken:
    """Reads the claims of a token that the provider has signed.

    Raises:
        InvalidIdentityTokenError: a claim is malformed, or the token is not meant
            for a client id of the provider.
    """
    audiences = claims.texts("aud")
    party = claims.text("azp") if claims.has("azp") else None
    return VerifiedIdToken(
        provider_arn=provider.arn,
        issuer=provider.url,
        subject=_subject(claims),
        audience=_audience(audiences, party, provider),
        audiences=audiences,
        authorized_party=party,
        issue_time=claims.instant("iat"),
        not_before=claims.instant("nbf") if claims.has("nbf") else None,
        expire_time=claims.instant("exp"),
        methods=claims.texts("amr"),
        email=_email(claims),
        tags=federated_claims.principal_tags(claims),
        source_identity=federated_claims.source_identity(claims),
        roles=federated_claims.roles(claims),
        replay_id=replay_id,
        _issuer_claims={
            name: claims.texts(name) for name in ISSUER_CLAIMS.get(provider.url, ())
        },
        # NOTE: a null is something that the token says, and is no object.
        may_act=(claims.value("may_act") or {}) if claims.has("may_act") else None,
        sender_constrained=claims.has("cnf"),
    )


def _subject(claims: IdTokenClaims) -> str:
    subject = claims.text("sub")
    if len(subject) > limits.ID_TOKEN_SUBJECT_CHARACTERS_MAX:
        raise refusals.wrong_claim("sub")
    # Refuses what does not show or shows as something else (attacks J50, O18).
    if not subject.isprintable():
        raise refusals.wrong_claim("sub")
    return subject


def _audience(
    audiences: tuple[str, ...], party: str | None, provider: OidcProvider
) -> str:
    """Returns the registered client id that the token is meant for.

    SPEC: detail 39: `azp` decides over `aud`, and several audiences need one.
    """
    if not audiences:
        raise refusals.wrong_audience("audience_empty")
    if party is None and len(audiences) > 1:
        raise refusals.wrong_audience("audience_ambiguous")
    audience = audiences[0] if party is None else party
    if audience not in provider.client_ids:
        raise refusals.wrong_audience("audience_not_registered")
    return audience


def _email(claims: IdTokenClaims) -> str | None:
    """Returns the address, unless the issuer says that it has not verified it."""
    email = claims.text_or_none("email")
    if not claims.has("email_verified"):
        return email
    # NOTE: by identity, because 1 equals True. Some issuers send the word.
    verified = claims.value("email_verified")
    return email if verified is True or verified == "true" else None
