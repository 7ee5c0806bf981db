"""Which prepared mints of AssumeRole are remembered, and for whom.

Asking for a role again, with the same parameters and by the same credentials, is
answered by the mint of the first time, without validating and deciding anew. What that
may rest on is all in one place here:

| What an answer rests on | How a mint is bound to it |
|---|---|
| the parameters | by value, in the key; or by the bytes that they were read of |
| who calls, by which credentials and session | in the key, and compared |
| roles, policies, principals | forgotten as soon as the directory is another one |
| the session's name | never part of it; checked by the same rule each time |
| the length of the chain, the time, revocations | never part of it; asked each time |
| signing keys and derivation secrets | `PreparedMint` asks for them each time |

Not remembered at all is a request that shows a second factor, provides a context or
passes tags, one whose policies asked anything of it, and one that was refused.

SPEC: sts-operations 1.1; policy-language 7; decision 0050.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from daypass.core import work_limits
from daypass.core.lru import SnapshotCache
from daypass.core.principal import AccountPrincipal
from daypass.core.quick import quick_init
from daypass.core.session import Session
from daypass.directory.model import Directory
from daypass.sts.assume_role_request import AssumeRoleRequest, is_session_name
from daypass.sts.caller import Caller
from daypass.sts.prepared_mint import PreparedMint

_SIZE: Final = work_limits.MINTS_REMEMBERED_MAX
_CHARACTERS: Final = work_limits.MINTS_REMEMBERED_CHARACTERS_MAX


@quick_init
@dataclass(frozen=True, slots=True)
class AllowedMint:
    """A mint that a caller may use.

    Attributes:
        mint: makes the sessions.
        decided_by: the statement that allowed it, for the audit log.
        user_id_before_name: the id of its sessions, less their own names.
        arn_before_name: their ARN, less their own names.
    """

    mint: PreparedMint
    decided_by: str
    user_id_before_name: str
    arn_before_name: str


@quick_init
@dataclass(frozen=True, slots=True)
class _Kept:
    """A mint, and who may use it."""

    principal: AccountPrincipal
    session: Session | None
    allowed: AllowedMint


class RememberedMints:
    """Remembers mints, as long as one directory is in force.

    Args:
        size_max: how many it remembers.
        characters_max: how many characters their parameters and the tags of their
            callers have together.
    """

    def __init__(
        self, *, size_max: int = _SIZE, characters_max: int = _CHARACTERS
    ) -> None:
        self._known: SnapshotCache[Hashable, _Kept] = SnapshotCache(
            size_max=size_max, weight_max=characters_max
        )

    def __len__(self) -> int:
        """Tells how many mints are remembered."""
        return len(self._known)

    def find(
        self, request: AssumeRoleRequest, caller: Caller, directory: Directory
    ) -> AllowedMint | None:
        """Returns the mint of a request whose answer would be the same yes, or None.

        What has to be asked each time is the caller's to ask; see above.
        """
        # NOTE: of a request that may not be kept there is none under its likeness.
        key = (
            (caller.access_key_id, request.likeness)
            if request.likeness is not None
            else _key(request, caller)
        )
        kept = self._known.find(key, directory) if key is not None else None
        if kept is None or not is_session_name(request.role_session_name):
            return None
        if kept.session is not caller.session:
            return None
        mine, theirs = caller.principal, kept.principal
        # Mostly the very one: to compare two takes as long as to find them.
        return kept.allowed if mine is theirs or mine == theirs else None

    def keep(
        self,
        request: AssumeRoleRequest,
        caller: Caller,
        directory: Directory,
        allowed: AllowedMint,
    ) -> None:
        """Remembers a mint, if it is of a kind that may be.

        Args:
            request: what was asked for, and is valid.
            caller: who may use it.
            directory: what it was decided by, whatever the request was.
            allowed: the mint.
        """
        key = _key(request, caller)
        if key is None:
            return
        if request.likeness is not None:
            key = (caller.access_key_id, request.likeness)
        kept = _Kept(caller.principal, caller.session, allowed)
        self._known.keep(key, kept, directory, weight=_characters(request, caller))


def _key(request: AssumeRoleRequest, caller: Caller) -> Hashable | None:
    """Returns all parameters but the session's name, or None for what is not kept.

    NOTE: a parameter that is new belongs here; a test asks for each of them.
    """
    if (
        request.tags
        or request.transitive_tag_keys
        or request.provided_contexts
        or request.serial_number is not None
        or request.token_code is not None
    ):
        return None
    return (
        caller.access_key_id,
        request.role_arn,
        request.duration_seconds,
        request.policy,
        request.policy_arns,
        request.external_id,
        request.source_identity,
        request.minimum_session_token_size,
    )


def _characters(request: AssumeRoleRequest, caller: Caller) -> int:
    """Returns how long the texts are that a caller has chosen."""
    tags = caller.session.tags if caller.session is not None else {}
    texts = (request.policy, request.external_id, *request.policy_arns)
    return sum(len(text) for text in (*texts, *tags, *tags.values()) if text)
