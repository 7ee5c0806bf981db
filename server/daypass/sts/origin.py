"""Where a session comes from: the credentials, or the proof, that asked for it.

SPEC: design 6 and 7; sts-operations 0.10 and 0.11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from daypass.core.quick import quick_init
from daypass.core.revocation import Epoch
from daypass.core.session import SessionKind
from daypass.sts.caller import Caller


def _no_keys() -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({})


@quick_init
@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session comes from; the attributes are those of the session.

    Attributes:
        issued_to: the ARN of who asked, for the record.
        parent_access_key_id: the credentials that asked; empty for a proof.
        origin_id: who began the chain.
        epoch: how far revocations were known when the proof was checked.
        chain_began: when the first session of its chain was issued, if there is one.
        ancestors: the access key ids that it is chained from.
        ancestor_principals: whose sessions those are.
        federated_provider: the provider whose proof it was, or None.
        federated_keys: the condition keys that the proof leaves.
    """

    issued_to: str
    parent_access_key_id: str
    origin_id: str
    epoch: Epoch
    chain_began: datetime | None = None
    ancestors: tuple[str, ...] = ()
    ancestor_principals: tuple[str, ...] = ()
    federated_provider: str | None = None
    federated_keys: Mapping[str, tuple[str, ...]] = field(default_factory=_no_keys)


def origin_of_caller(caller: Caller, kind: SessionKind, account_id: str) -> Origin:
    """Returns the origin of a session that a proven caller asks for.

    Args:
        caller: who asks.
        kind: what for.
        account_id: whose session it is going to be.
    """
    parent = caller.session
    # Such a session lives no longer than the key that asked for it (spec 0.11).
    alone = kind is SessionKind.USER
    return Origin(
        issued_to=caller.principal.arn,
        parent_access_key_id=caller.access_key_id,
        origin_id=parent.origin_id if parent else caller.principal.user_id,
        epoch=caller.epoch,
        chain_began=parent.chain_begin if parent else None,
        ancestors=(caller.access_key_id,) if alone else ancestors_of_next(caller),
        ancestor_principals=_ancestor_principals(caller, account_id),
    )


def origin_of_exchange(
    caller: Caller,
    account_id: str,
    *,
    lineage: tuple[str, ...],
    principals: tuple[str, ...],
) -> Origin:
    """Returns the origin of a role session that a caller gets for a token of ours.

    Args:
        caller: who asks.
        account_id: whose session it is going to be.
        lineage: the ids of the tokens, which come before all else.
        principals: whose they are.
    """
    origin = origin_of_caller(caller, SessionKind.ROLE, account_id)
    return replace(
        origin,
        ancestors=_each_once((*lineage, *origin.ancestors)),
        ancestor_principals=_each_once((*principals, *origin.ancestor_principals)),
    )


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def origin_of_proof(
    provider_arn: str,
    *,
    role_id: str,
    keys: Mapping[str, tuple[str, ...]],
    epoch: Epoch,
) -> Origin:
    """Returns the origin of a session that a provider's proof asks for.

    Args:
        provider_arn: the provider.
        role_id: the unique id of the role; nobody of ours comes before it.
        keys: the condition keys that the proof leaves to later requests.
        epoch: how far revocations were known before the proof was checked.
    """
    return Origin(
        issued_to=provider_arn,
        parent_access_key_id="",
        origin_id=role_id,
        epoch=epoch,
        federated_provider=provider_arn,
        federated_keys=keys,
    )


def ancestors_of_next(caller: Caller) -> tuple[str, ...]:
    """Returns the ancestors of a session that the caller would be issued."""
    if caller.session is None:
        return ()
    return (*caller.session.ancestors, caller.access_key_id)


def _ancestor_principals(caller: Caller, account_id: str) -> tuple[str, ...]:
    """Returns whose sessions the ancestors are, the oldest first, each once.

    NOTE: the account of a long-term key stands first where it is another one, as a
    root user does, because the id of a key need not tell it (spec 2.4): whoever ends
    an account ends what its keys have begun in others (decision 0055).
    """
    parent = caller.session
    if parent is None:
        own = caller.principal.account_id
        return () if own == account_id else (own,)
    return tuple(dict.fromkeys((*parent.ancestor_principals, parent.principal_id)))
