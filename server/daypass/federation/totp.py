"""Codes of virtual MFA devices: which are good at an instant.

SPEC: RFC 6238 with HMAC-SHA-1, steps of 30 seconds from 1970 and six digits, which
is what every authenticator app does by default. Left out are SHA-256, SHA-512, other
steps and eight digits: a device has no say in them, so none of them can be weaker.
SPEC: sts-operations 1.1, the window of two steps either way.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from daypass.core import limits, mfa_limits
from daypass.core.secret import Secret

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEP_SECONDS: Final = mfa_limits.MFA_STEP // timedelta(seconds=1)


def step_at(now: datetime) -> int:
    """Returns the number of the step that an instant lies in."""
    return (now - _EPOCH) // mfa_limits.MFA_STEP


def end_of_use(step: int) -> datetime:
    """Returns the instant from which the code of a step is too old everywhere."""
    return _EPOCH + (step + mfa_limits.MFA_WINDOW_STEPS + 1) * mfa_limits.MFA_STEP


def code_of(seed: Secret, step: int) -> Secret:
    """Returns the code that a device shows during a step, which is 0 or later."""
    return Secret(_totp(seed).generate(step * _STEP_SECONDS))


def matching_steps(seed: Secret, code: Secret, now: datetime) -> tuple[int, ...]:
    """Returns the steps of the window whose code this is, the oldest first.

    All steps are tried whatever the first ones come to, and each is compared in
    constant time. There is seldom more than one match: codes are six digits.

    Args:
        seed: what is shared with the device.
        code: what was shown; anything but six ASCII digits matches nothing.
        now: tells the window.
    """
    totp = _totp(seed)
    shown = code.reveal()
    present = step_at(now)
    window = range(
        max(present - mfa_limits.MFA_WINDOW_STEPS, 0),
        present + mfa_limits.MFA_WINDOW_STEPS + 1,
    )
    matches = [
        hmac.compare_digest(totp.generate(step * _STEP_SECONDS), shown)
        for step in window
    ]
    return tuple(
        step for step, is_match in zip(window, matches, strict=True) if is_match
    )


def provisioning_uri(seed: Secret, *, account_name: str, issuer: str) -> Secret:
    """Returns the `otpauth://` URI by which an authenticator app takes a seed."""
    return Secret(_totp(seed).get_provisioning_uri(account_name, issuer))


def _totp(seed: Secret) -> TOTP:
    # NOTE: SHA-1 is what the apps know. HMAC does not lean on what is broken in it.
    return TOTP(
        seed.reveal(),
        limits.MFA_CODE_CHARACTERS,
        SHA1(),  # noqa: S303
        _STEP_SECONDS,
        enforce_key_length=True,
    )
