"""Whether the caller of an operation has shown the code of its own MFA device.

The order of the steps is what keeps guessing dear: the attempt is counted in the
store, then the code is looked at, then the code is used up in the store, and only
then it is good. A worker that dies in between leaves the attempt counted.

Whoever is refused learns nothing of why. A serial number that is unknown, or another
user's, is counted as well, for the caller and not for the device, and a code is
computed in vain, so that such a call has the same reply and takes the same work. For
the same reason nobody can lock the device of somebody else.

SPEC: sts-operations 1.1 and 1.10, detail 34; attacks M01 to M12; ADR 0015.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from daypass.core import mfa_limits as limits
from daypass.core.clock import whole_second
from daypass.core.errors import AccessDeniedError, StoreUnavailableError
from daypass.core.ports import Clock, GuardKey, GuardStore, Snapshot
from daypass.core.principal import AccountPrincipal, RoleSession
from daypass.core.secret import Secret
from daypass.directory.declared import MfaDevice
from daypass.directory.model import Directory
from daypass.federation.code_attempts import Attempts, AttemptsCorruptError
from daypass.federation.totp import end_of_use, matching_steps
from daypass.sts.audit import AuditEntry
from daypass.sts.context import ContextKeys
from daypass.sts.pipeline import Invocation

_REFUSAL: Final = (
    "MultiFactorAuthentication failed with invalid MFA one time pass code."
)
_ATTEMPTS: Final = "mfa-attempts"
_CODE: Final = "mfa-code"
# What the codes of no device are computed with. They are never good.
_NO_SEED: Final = Secret(bytes(limits.MFA_SEED_BYTES_MIN))

_Change = Callable[[Attempts], Attempts]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt: at what it counts, when, and whose device it is, if the caller's."""

    counter: GuardKey
    made_at: datetime
    device: MfaDevice | None


class SecondFactor:
    """Checks second factors.

    Args:
        directory: the devices.
        guards: where all workers count attempts and use codes up.
        clock: tells which codes are good, and dates attempts.
    """

    def __init__(
        self, *, directory: Snapshot[Directory], guards: GuardStore, clock: Clock
    ) -> None:
        self._directory = directory
        self._guards = guards
        self._clock = clock

    async def check(
        self,
        serial_number: str | None,
        token_code: Secret | None,
        invocation: Invocation,
    ) -> datetime | None:
        """Returns when a second factor was shown, or None where none was sent.

        Args:
            serial_number: the device that the caller names.
            token_code: six digits; it comes with a serial number or not at all.
            invocation: who asks; its record gets the device and the inner reason.

        Raises:
            AccessDeniedError: the code is not good for a device of the caller, or may
                not be tried now.
            StoreUnavailableError: it cannot be counted or used up, so it is not good.
        """
        if serial_number is None or token_code is None:
            return None
        account = self._directory.current().account(
            invocation.caller.principal.account_id
        )
        declared = account.mfa_devices.get(serial_number) if account else None
        attempt = self._attempt(declared, invocation)
        attempts = await self._change(attempt, _count(attempt.made_at))
        seed = attempt.device.seed if attempt.device else _NO_SEED
        steps = matching_steps(seed, token_code, attempt.made_at)
        if attempt.device is None:
            raise _refused(
                "mfa_device_of_another" if declared else "mfa_device_unknown"
            )
        if not steps:
            _note_lock(attempts, attempt, invocation.audit)
            raise _refused("mfa_code_wrong")
        if not await self._use_up(attempt, steps):
            await self._change(attempt, lambda found: found.spent(attempt.made_at))
            raise _refused("mfa_code_used")
        await self._change(attempt, lambda found: found.good(attempt.made_at))
        return whole_second(attempt.made_at)

    def _attempt(self, declared: MfaDevice | None, invocation: Invocation) -> _Attempt:
        principal = invocation.caller.principal
        now = self._clock.now()
        if declared is None or declared.owner_arn != principal.arn:
            return _Attempt(GuardKey(_ATTEMPTS, _counted_for(principal)), now, None)
        invocation.audit.attributes["mfa_serial_number"] = declared.serial_number
        counter = GuardKey(_ATTEMPTS, ("device", declared.serial_number))
        return _Attempt(counter, now, declared)

    async def _change(self, attempt: _Attempt, change: _Change) -> Attempts:
        """Changes what is known of the attempts, and returns it as it is then.

        Raises:
            AccessDeniedError: the change is refused, or others keep getting in first.
            StoreUnavailableError: it is not known to be stored.
        """
        now = attempt.made_at
        for _ in range(limits.MFA_SWAPS_MAX):
            held = await self._guards.get(attempt.counter, now=now)
            changed = change(_read(held))
            if await self._guards.swap(
                attempt.counter,
                held,
                changed.encode(),
                now=now,
                expire_time=now + limits.MFA_ATTEMPTS_KEPT,
            ):
                return changed
        raise _refused("mfa_contended")

    async def _use_up(self, attempt: _Attempt, steps: tuple[int, ...]) -> bool:
        """Uses a code up for all steps that it is good for; tells whether it could.

        Two steps may happen to have one code, which is then used up for both.
        """
        assert attempt.device is not None
        for step in steps:
            claimed = await self._guards.swap(
                GuardKey(_CODE, (attempt.device.serial_number, str(step))),
                None,
                b"",
                now=attempt.made_at,
                expire_time=end_of_use(step),
            )
            if not claimed:
                return False
        return True


def second_factor_keys(mfa_time: datetime | None) -> ContextKeys:
    """Returns the context keys of the very call that shows a second factor.

    They replace those of the caller's session, whatever that was issued with.
    """
    if mfa_time is None:
        return {}
    return {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"}


def _count(now: datetime) -> _Change:
    def change(found: Attempts) -> Attempts:
        closed = found.closed(now)
        if closed is not None:
            raise _refused(closed.value)
        return found.counted(now)

    return change


def _counted_for(principal: AccountPrincipal) -> tuple[str, str]:
    """Returns who counts where no device does: never anything that a caller chooses."""
    if isinstance(principal, RoleSession):
        return ("caller", principal.role_id)
    return ("caller", principal.user_id)


def _read(held: bytes | None) -> Attempts:
    try:
        return Attempts.decode(held)
    except AttemptsCorruptError as error:
        raise StoreUnavailableError("mfa_attempts_corrupt") from error


def _note_lock(attempts: Attempts, attempt: _Attempt, audit: AuditEntry) -> None:
    """Puts on record that this failure has locked the device, and for how long."""
    lock = attempts.locked_for(attempt.made_at)
    if lock > timedelta(0):
        audit.attributes["mfa_locked_seconds"] = str(int(lock.total_seconds()))


def _refused(detail: str) -> AccessDeniedError:
    return AccessDeniedError(detail, message=_REFUSAL)
