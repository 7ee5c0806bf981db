"""Reads the tokens that are presented for an exchange, as a subject or as an actor.

In two steps, because a provider's keys may have to be fetched: whose token it claims
to be, which costs nothing, and, once it is decided that the caller may ask, whether
it is good. Whatever is wrong with a token, the caller learns that it is not
acceptable, or that it was and has expired, and nothing else.

SPEC: sts-operations 6.1, "Checks"; attacks J26 to J29, O16 to O19, O32.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from daypass.core import exchange_limits, provider_limits
from daypass.core.errors import ExpiredIdentityTokenError, InvalidIdentityTokenError
from daypass.core.exchange_errors import InvalidExchangeTokenError
from daypass.core.exchanged_token import TYPE_OF_USE, Party
from daypass.core.key_set_source import KeySetSource
from daypass.core.ports import Clock, GuardKey
from daypass.core.strict_json import JsonValue
from daypass.directory.declared import OidcProvider
from daypass.directory.entities import Account
from daypass.directory.exchange_policies import TokenSource, sources_of
from daypass.directory.model import Directory
from daypass.federation.oidc import id_token
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.federation.oidc.verified import VerifiedIdToken
from daypass.sts.assume_role_with_web_identity import ONCE_PURPOSE
from daypass.sts.exchange_choice import Claimed
from daypass.sts.exchange_client import client_exists
from daypass.sts.exchange_request import PresentedToken
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from daypass.tokens import compact
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.exchanged_token import EXPIRED, ExchangedTokenVerifier

_OWN_ONCE: Final = "exchanged-token"


@dataclass(frozen=True, slots=True)
class TrustedToken:
    """What a presented token says, once it is known to be good.

    Attributes:
        party: who it is about, as the first token of the chain named it.
        speaker: who made it, and whom that calls its subject.
        expire_time: when it ends.
        scopes: what it grants; None where its maker knows no scopes of ours.
        actors: who acts already, the present one first.
        may_act: who may act for the subject, or None where it does not say.
        lineage: the tokens and sessions of ours that it is, and was, made of.
        principals: the unique ids of whose they are.
        once: names it among the things that happen once, the same for every copy.
        until: when no copy of it is taken any more.
        single_use: whether its issuer says that it is good once only.
    """

    party: Party
    speaker: Party
    expire_time: datetime
    scopes: frozenset[str] | None
    actors: tuple[Party, ...]
    may_act: JsonValue
    lineage: tuple[str, ...]
    principals: tuple[str, ...]
    once: GuardKey
    until: datetime
    single_use: bool = False


class PresentedTokenReader:
    """Reads presented tokens.

    Args:
        own: reads tokens of ours.
        revocations: which of them have been ended.
        key_sets: the keys of identity providers.
        clock: dates the checks.
    """

    def __init__(
        self,
        *,
        own: ExchangedTokenVerifier,
        revocations: RevocationView,
        key_sets: KeySetSource[JwkSet],
        clock: Clock,
    ) -> None:
        self._own = own
        self._revocations = revocations
        self._key_sets = key_sets
        self._clock = clock

    def claimed(self, presented: PresentedToken, account: Account) -> Claimed:
        """Returns whose token one claims to be; None stands for ours.

        Raises:
            InvalidExchangeTokenError: it is no token, or is of an issuer that this
                account has not declared.
        """
        issuer = _claimed_issuer(presented.token.reveal_text())
        if issuer == self._own.issuer:
            return Claimed(None, presented.token_type)
        for provider in account.oidc_providers.values():
            if provider.url == issuer:
                return Claimed(provider.arn, presented.token_type)
        raise InvalidExchangeTokenError("token_issuer_unknown")

    async def read(
        self,
        presented: PresentedToken,
        claimed: Claimed,
        *,
        account: Account,
        directory: Directory,
        sources: Iterable[TokenSource],
    ) -> TrustedToken:
        """Returns what a token says, if it is good and one of these takes it.

        Args:
            presented: the token.
            claimed: whose it claims to be.
            account: the account of the caller.
            directory: the snapshot that the call works on.
            sources: the tokens that are taken.

        Raises:
            InvalidExchangeTokenError: it is not.
            IdpCommunicationError: the keys of its issuer are not to be had.
            RevocationViewStaleError: this worker cannot know.
        """
        taken = sources_of(sources, claimed.provider_arn, claimed.token_type)
        if claimed.provider_arn is None:
            return self._read_own(presented, account, directory, taken)
        provider = account.oidc_providers[claimed.provider_arn]
        try:
            token = await self._verified(presented.token.reveal_text(), provider)
        except InvalidIdentityTokenError as error:
            raise InvalidExchangeTokenError(error.detail) from error
        except ExpiredIdentityTokenError as error:
            raise _expired(error.detail) from error
        if token.sender_constrained:
            raise InvalidExchangeTokenError("token_sender_constrained")
        if not any(token.audience in source.audiences for source in taken):
            raise InvalidExchangeTokenError("token_audience_not_accepted")
        return _trusted_foreign(token, provider)

    async def _verified(self, text: str, provider: OidcProvider) -> VerifiedIdToken:
        unverified = id_token.parse(text)
        keys = await self._key_sets.key_set(
            provider.url, provider_arn=provider.arn, key_id=unverified.key_id
        )
        return unverified.verify(provider=provider, keys=keys, now=self._clock.now())

    def _read_own(
        self,
        presented: PresentedToken,
        account: Account,
        directory: Directory,
        taken: tuple[TokenSource, ...],
    ) -> TrustedToken:
        issuer = self._own.issuer or ""
        try:
            token = self._own.verify(presented.token.reveal_text(), self._clock.now())
            self._revocations.check_token(token)
        except TokenRefusedError as error:
            detail = f"token_{error.reason}"
            if error.reason == EXPIRED:
                raise _expired(detail) from error
            raise InvalidExchangeTokenError(detail) from error
        except SessionRevokedError as error:
            raise InvalidExchangeTokenError("token_revoked") from error
        if TYPE_OF_USE[token.use] is not presented.token_type:
            raise InvalidExchangeTokenError("token_of_another_type")
        if token.account_id != account.account_id:
            raise InvalidExchangeTokenError("token_of_another_account")
        if not client_exists(token, directory):
            raise InvalidExchangeTokenError("token_client_gone")
        meant_for = set(token.audiences) - {issuer}
        if not any(source.audiences >= meant_for for source in taken):
            raise InvalidExchangeTokenError("token_audience_not_accepted")
        return TrustedToken(
            party=token.party,
            speaker=Party(issuer, token.subject),
            expire_time=token.expire_time,
            scopes=frozenset(token.scopes),
            actors=token.actors,
            may_act=None,
            lineage=(*token.lineage, token.token_id),
            principals=(*token.principals, token.client_principal_id),
            once=GuardKey(_OWN_ONCE, (token.token_id,)),
            until=token.expire_time,
        )


def _claimed_issuer(text: str) -> str:
    """Returns what a token says is its issuer, which is not to be believed yet."""
    most = exchange_limits.PRESENTED_TOKEN_CHARACTERS_MAX
    try:
        # All parts are decoded, because other readers forgive a blank around them.
        _, payload, _ = map(compact.decode, compact.split(text, ".", size_max=most))
        issuer = compact.read_claims(payload, size_max=most).get("iss")
    except TokenRefusedError as error:
        raise InvalidExchangeTokenError(f"token_{error.reason}") from error
    if not isinstance(issuer, str):
        raise InvalidExchangeTokenError("token_without_issuer")
    return issuer


def _trusted_foreign(token: VerifiedIdToken, provider: OidcProvider) -> TrustedToken:
    party = Party(token.issuer, token.subject)
    return TrustedToken(
        party=party,
        speaker=party,
        expire_time=token.expire_time,
        scopes=None,
        actors=(),
        may_act=token.may_act,
        lineage=(),
        principals=(),
        # As AssumeRoleWithWebIdentity names it: what is good once is so for both.
        once=GuardKey(ONCE_PURPOSE, (provider.arn, token.replay_id)),
        until=token.expire_time + provider_limits.ID_TOKEN_CLOCK_SKEW_MAX,
        single_use=provider.single_use,
    )


def _expired(detail: str) -> InvalidExchangeTokenError:
    return InvalidExchangeTokenError(
        detail, message="The subject or actor token has expired"
    )
