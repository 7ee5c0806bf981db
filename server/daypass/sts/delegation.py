"""What a delegated session comes from: the approver, and whoever traded it in.

Revoking any of their credentials, or one of them, ends it.

SPEC: sts-operations 1.8; attacks C03 and V01.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from daypass.core.ports import GuardKey, GuardStore
from daypass.core.principal import FederatedUser, RoleSession, RootUser, User
from daypass.core.replay_limits import SIGNED_CALL_KEPT_AFTER
from daypass.core.session import Session
from daypass.sts.caller import Caller
from daypass.sts.origin import Origin
from daypass.sts.signed_call import answered_before
from daypass.sts.single_use import use_up

_GUARD_PURPOSE: Final = "approving-call"


@dataclass(frozen=True, slots=True)
class Chain:
    """The credentials that somebody acts by, and whose they are.

    Attributes:
        access_key_ids: the oldest first, those in use last.
        principal_ids: the unique ids of the roles and users, each once.
        origin_id: who began it.
    """

    access_key_ids: tuple[str, ...]
    principal_ids: tuple[str, ...]
    origin_id: str


def approver_chain(caller: Caller) -> Chain:
    """Returns the chain of a caller, its long-term key included where it has one."""
    session = caller.session
    own = _unique_id(caller.principal)
    before = session.ancestor_principals if session is not None else ()
    origin_id = session.origin_id if session is not None else own
    earlier = session.ancestors if session is not None else ()
    return Chain(
        access_key_ids=(*earlier, caller.access_key_id),
        principal_ids=tuple(dict.fromkeys((*before, origin_id, own))),
        origin_id=origin_id,
    )


def origin_of_delegation(approved: Session, partner: Caller) -> Origin:
    """Returns the origin of a delegated session.

    Args:
        approved: the session that was approved.
        partner: who trades the approval in.
    """
    chain = approver_chain(partner)
    principals = (
        *approved.ancestor_principals,
        *chain.principal_ids,
        # NOTE: as that of a root user, because a key of the old style does not tell
        # whose account it is of (spec 2.4), and revoking that ends the session.
        partner.principal.account_id,
    )
    return Origin(
        issued_to=partner.principal.arn,
        parent_access_key_id=partner.access_key_id,
        origin_id=approved.origin_id,
        # That of the partner's proof: the approver was looked at after it, and what
        # has been revoked of the partner before it is over.
        epoch=partner.epoch,
        chain_began=approved.chain_began,
        ancestors=(*approved.ancestors, *chain.access_key_ids),
        ancestor_principals=tuple(dict.fromkeys(principals)),
        federated_provider=approved.federated_provider,
        federated_keys=approved.federated_keys,
    )


async def use_call_up(caller: Caller, guards: GuardStore, *, now: datetime) -> None:
    """Returns when the call of a caller approves for the first time.

    A token is good once, and would not be if whoever recorded the call could have
    another one for it. It is the last step of approving, so that a call that was
    refused, or could not be done, may be sent again.

    Args:
        caller: who approves.
        guards: knows which calls have approved.
        now: the time.

    Raises:
        SignatureDoesNotMatchError: the call has approved before.
        StoreUnavailableError: it may have.
    """
    call = caller.signed_call
    if call is None:
        return
    claimed = await use_up(
        guards,
        GuardKey(_GUARD_PURPOSE, (call.call_id,)),
        now=now,
        expire_time=call.expire_time + SIGNED_CALL_KEPT_AFTER,
    )
    if not claimed:
        raise answered_before("signed_call_approved")


def _unique_id(principal: User | RoleSession | RootUser | FederatedUser) -> str:
    if isinstance(principal, RoleSession):
        return principal.role_id
    return principal.user_id
