"""ListKeys and RotateKeys: what operators see of the key ring, and do ahead of time.

SPEC: design 4 and 7; sts-operations 6.4; decisions 0029 and 0030.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from daypass.core import limits
from daypass.core.errors import ValidationError
from daypass.core.ports import Clock, Entropy
from daypass.core.validation import TextRule, Violations
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.early import Described, described, rotate_early
from daypass.keyring.errors import RingChangeError, RingLeadError
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import Purpose, RotationRules, Slot, next_due
from daypass.sts.operators import OperatorGate
from daypass.sts.page_tokens import PageTokens
from daypass.sts.pipeline import Invocation
from daypass.sts.ring_holder import RingHolder

_REASON: Final = TextRule(0, limits.REVOCATION_REASON_CHARACTERS_MAX)


@dataclass(frozen=True, slots=True)
class ListKeysRequest:
    """Which page of the keys."""

    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class KeyList:
    """A page of keys; an empty token means the end."""

    keys: tuple[Described, ...]
    next_page_token: str
    version: int
    next_step_time: datetime | None


class ListKeys:
    """Lists the keys of the ring.

    Args:
        holder: the ring.
        rules: tells when the next step is due.
        gate: decides whether the caller may ask.
        pages: seals page tokens.
    """

    name: ClassVar[str] = "ListKeys"
    grants: ClassVar[bool] = False

    def __init__(
        self,
        *,
        holder: RingHolder,
        rules: RotationRules,
        gate: OperatorGate,
        pages: PageTokens,
    ) -> None:
        self._holder = holder
        self._rules = rules
        self._gate = gate
        self._pages = pages

    async def perform(
        self, request: ListKeysRequest, invocation: Invocation
    ) -> KeyList:
        """Returns a page.

        Raises:
            ValidationError: the page size or token is wrong.
            AccessDeniedError: the caller may not ask.
        """
        found = Violations()
        found.check_range(
            ("page_size",), request.page_size, least=0, most=limits.INT32_MAX
        )
        found.raise_if_any()
        self._gate.require("daypass:ListKeys", invocation)
        context = f"ListKeys:{invocation.caller.principal.account_id}"
        cursor = self._pages.open(request.page_token, context)
        ring = self._holder.current()
        # Keys that have gone since, or are new, do not shift those in between.
        names = [each.name for each in described(ring)]
        start = names.index(cursor) + 1 if cursor in names else 0
        size = min(request.page_size or limits.PAGE_SIZE_DEFAULT, limits.PAGE_SIZE_MAX)
        page = tuple(described(ring))[start : start + size]
        more = start + size < len(names)
        return KeyList(
            keys=page,
            next_page_token=self._pages.seal(page[-1].name if more else None, context),
            version=ring.version,
            next_step_time=next_due(ring, self._rules),
        )


@dataclass(frozen=True, slots=True)
class RotateKeysRequest:
    """Which kind of key to rotate, how, and why; None is what is not known."""

    purpose: Purpose | None
    algorithm: str = ""
    emergency: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RotateKeysResult:
    """The keys that changed, or when it is not too early any more."""

    keys: tuple[Described, ...]
    ready_time: datetime | None
    version: int


class RotateKeys:
    """Takes the next step of one kind of key early.

    Args:
        holder: the ring.
        rules: how long a key is published before it is active.
        gate: decides whether the caller may.
        clock: dates the step.
        entropy: draws keys.
    """

    name: ClassVar[str] = "RotateKeys"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        holder: RingHolder,
        rules: RotationRules,
        gate: OperatorGate,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._holder = holder
        self._rules = rules
        self._gate = gate
        self._clock = clock
        self._entropy = entropy

    async def perform(
        self, request: RotateKeysRequest, invocation: Invocation
    ) -> RotateKeysResult:
        """Rotates.

        Raises:
            ValidationError: there is no such kind of key.
            AccessDeniedError: the caller may not.
            StoreUnavailableError: the change may not be stored.
        """
        slot = _slot(request)
        invocation.audit.attributes.update(_audited(request))
        self._gate.require("daypass:RotateKeys", invocation)
        before: list[Described] = []

        def change(ring: Ring) -> Ring:
            before[:] = described(ring)
            return rotate_early(
                ring,
                slot,
                self._rules,
                now=self._clock.now(),
                entropy=self._entropy,
                emergency=request.emergency,
            )

        try:
            ring = await self._holder.change(change)
        except RingLeadError as error:
            version = self._holder.current().version
            return RotateKeysResult((), error.ready_time, version)
        except RingChangeError as error:
            raise ValidationError("key_kind_unused", message=str(error)) from error
        changed = tuple(each for each in described(ring) if each not in before)
        invocation.audit.attributes["key_ids"] = ",".join(key.name for key in changed)
        return RotateKeysResult(changed, None, ring.version)


def _slot(request: RotateKeysRequest) -> Slot:
    found = Violations()
    found.check_text(("reason",), request.reason, _REASON)
    found.require(("purpose",), request.purpose)
    signing = request.purpose is Purpose.SIGNING
    wanted: set[str] = set(Algorithm) if signing else {""}
    if request.purpose is not None and request.algorithm not in wanted:
        found.add(
            ("algorithm",),
            f"'{request.algorithm}'",
            "Member must be an algorithm for signing keys, and null for other keys",
        )
    found.raise_if_any()
    assert request.purpose is not None
    return Slot(request.purpose, Algorithm(request.algorithm) if signing else None)


def _audited(request: RotateKeysRequest) -> dict[str, str]:
    named = {
        "purpose": request.purpose and request.purpose.value,
        "algorithm": request.algorithm,
        "emergency": "true" if request.emergency else None,
        "reason": request.reason,
    }
    return {name: value for name, value in named.items() if value}
