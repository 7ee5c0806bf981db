"""What may come of an exchange: never more than what goes in.

Each rule takes from what was presented and from the policy, and gives what is
granted, or refuses.

SPEC: sts-operations 6.1; RFC 8693 sections 4.1 and 4.4; attacks C07.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from daypass.core import exchange_limits as limits
from daypass.core.clock import whole_second
from daypass.core.exchange_errors import InvalidExchangeTokenError, InvalidScopeError
from daypass.core.exchanged_token import Party
from daypass.directory.exchange_policies import ExchangePolicy
from daypass.sts.presented_token import TrustedToken


def check_may_act(
    subject: TrustedToken, acting: Iterable[Party], *, own_issuer: str
) -> None:
    """Returns when who acts may do so by the subject's own token.

    `may_act` names a subject, and perhaps its issuer. Without one it is a name of
    the token's own issuer, or one of ours, such as the ARN of a client. It is read
    whole or not at all: a condition that is not understood is not met.

    Args:
        subject: the subject's token.
        acting: who acts, by each of its names; the client where there is no actor.
        own_issuer: the issuer of the deployment.

    Raises:
        InvalidExchangeTokenError: it may not.
    """
    match subject.may_act:
        case None:
            return
        case {"iss": str(issuer), "sub": str(name), **others} if not others:
            named = {Party(issuer, name)}
        case {"sub": str(name), **others} if not others:
            named = {Party(subject.speaker.issuer, name), Party(own_issuer, name)}
        case _:
            raise InvalidExchangeTokenError("may_act_not_understood")
    if named.isdisjoint(acting):
        raise InvalidExchangeTokenError("may_act_names_another")


def next_actors(subject: TrustedToken, actor: TrustedToken | None) -> tuple[Party, ...]:
    """Returns who acts, the present actor first; without one nobody is added.

    Raises:
        InvalidExchangeTokenError: there are too many, or the actor does not act in
            its own name.
    """
    if actor is None:
        return subject.actors
    if actor.actors:
        raise InvalidExchangeTokenError("actor_has_an_actor")
    actors = (actor.speaker, *subject.actors)
    if len(actors) > limits.ACTORS_MAX:
        raise InvalidExchangeTokenError("too_many_actors")
    return actors


def granted_scopes(
    asked: frozenset[str], policy: ExchangePolicy, subject: TrustedToken
) -> tuple[str, ...]:
    """Returns what is granted: what is asked for, or else all that there is.

    Raises:
        InvalidScopeError: more is asked for than the policy and the subject have.
    """
    had = subject.scopes
    most = policy.scopes if had is None else policy.scopes & had
    if not asked <= most:
        raise InvalidScopeError("scope_beyond_subject")
    return tuple(sorted(asked or most))


def expire_time(
    policy: ExchangePolicy, sources: Iterable[datetime], *, issue_time: datetime
) -> datetime:
    """Returns when what is issued ends: with the first of all that it was made of.

    Args:
        policy: says how long it lives at most.
        sources: when the tokens, and the session of the client, end.
        issue_time: when it is issued.

    Raises:
        InvalidExchangeTokenError: that is now, or over.
    """
    end = whole_second(min(issue_time + policy.lifetime_max, *sources))
    if end <= issue_time:
        raise InvalidExchangeTokenError(
            "token_ends_now", message="The subject or actor token has expired"
        )
    return end


def joined(*parts: tuple[str, ...], most: int) -> tuple[str, ...]:
    """Returns names of several lists, each once.

    Raises:
        InvalidExchangeTokenError: there are too many.
    """
    names = tuple(dict.fromkeys(name for part in parts for name in part))
    if len(names) > most:
        raise InvalidExchangeTokenError("lineage_too_long")
    return names
