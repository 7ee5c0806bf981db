"""An account whose users have second factors, and calls that show them."""

from __future__ import annotations

from collections.abc import Awaitable

import pytest

from daypass.adapters.memory import MemoryGuardStore
from daypass.core.errors import AccessDeniedError
from daypass.core.secret import Secret
from daypass.directory.declared import MfaDevice
from daypass.federation.totp import code_of, matching_steps, step_at
from daypass.sts.caller import Caller
from daypass.sts.get_session_token import (
    GetSessionTokenRequest,
    GetSessionTokenResult,
)
from daypass.sts.second_factor import SecondFactor
from support.sts_world import CALL, StsWorld, allow, ready, trust
from unit.sts.credentials import session_token

A = "111122223333"
BOB = f"arn:aws:iam::{A}:user/team/bob"
EVE = f"arn:aws:iam::{A}:user/eve"
ROOT = f"arn:aws:iam::{A}:root"
PHONE = f"arn:aws:iam::{A}:mfa/phone"
TABLET = f"arn:aws:iam::{A}:mfa/tablet"
EVES = f"arn:aws:iam::{A}:mfa/eves"
ROOTS = f"arn:aws:iam::{A}:mfa/root-account-mfa-device"
UNKNOWN = f"arn:aws:iam::{A}:mfa/unknown"
VAULT = f"arn:aws:iam::{A}:role/Vault"
FRESH = f"arn:aws:iam::{A}:role/Fresh"
SHUT = f"arn:aws:iam::{A}:role/Shut"
ABSENT = f"arn:aws:iam::{A}:role/Absent"
OPEN = f"arn:aws:iam::{A}:role/Open"
REFUSED = "MultiFactorAuthentication failed with invalid MFA one time pass code."

_PRESENT = '{Bool: {"aws:MultiFactorAuthPresent": "true"}}'
_FRESH = '{NumericLessThan: {"aws:MultiFactorAuthAge": "3600"}}'
_ABSENT = '{BoolIfExists: {"aws:MultiFactorAuthPresent": "false"}}'
ACCOUNT = f"""
account: {{id: "{A}", name: development}}
root: {{access_keys: [{{id: {{file: root.id}}, secret: {{file: root.secret}}}}]}}
users:
  bob:
    path: /team/
    policies: {{all: {allow("sts:*")}}}
    access_keys: [{{id: {{file: bob.id}}, secret: {{file: bob.secret}}}}]
  eve:
    policies: {{all: {allow("sts:*")}}}
    access_keys: [{{id: {{file: eve.id}}, secret: {{file: eve.secret}}}}]
roles:
  Vault: {{trust: {trust(BOB, condition=_PRESENT)}}}
  Fresh: {{trust: {trust(BOB, condition=_FRESH)}}}
  Shut: {{trust: {trust(EVE, condition=_ABSENT)}}}
  Open:
    trust: {trust(A)}
    policies: {{all: {allow("sts:*")}}}
mfa_devices:
  phone: {{user: bob, seed: {{file: phone}}}}
  tablet: {{user: bob, seed: {{file: tablet}}}}
  eves: {{user: eve, seed: {{file: eves}}}}
  root-account-mfa-device: {{seed: {{file: root}}}}
"""


async def one_account() -> StsWorld:
    """Returns a world with the account, whose worker is ready."""
    return await ready(StsWorld(ACCOUNT))


def device(world: StsWorld, serial_number: str) -> MfaDevice:
    """Returns a device of the account."""
    account = world.directory.current().account(A)
    assert account is not None
    return account.mfa_devices[serial_number]


def code(world: StsWorld, serial_number: str = PHONE, *, offset: int = 0) -> Secret:
    """Returns what a device shows, now or so many steps from now."""
    seed = device(world, serial_number).seed
    return code_of(seed, step_at(world.clock.now()) + offset)


def wrong(world: StsWorld, serial_number: str = PHONE) -> Secret:
    """Returns six digits that are no code of a device now."""
    seed, now = device(world, serial_number).seed, world.clock.now()
    guesses = (Secret(f"{number:06}") for number in range(1_000_000))
    return next(guess for guess in guesses if not matching_steps(seed, guess, now))


async def show(
    world: StsWorld, caller: Caller, serial_number: str, token_code: Secret
) -> GetSessionTokenResult:
    """Calls GetSessionToken with a second factor."""
    request = GetSessionTokenRequest(serial_number=serial_number, token_code=token_code)
    return await session_token(world, caller, request)


async def refusal(call: Awaitable[object]) -> str:
    """Returns the inner reason of a refusal, which callers see nothing of."""
    with pytest.raises(AccessDeniedError) as caught:
        await call
    assert REFUSED == caught.value.message
    assert {} == caught.value.metadata
    return caught.value.detail


async def fail(world: StsWorld, caller: Caller, times: int) -> None:
    """Shows so many wrong codes of the caller's phone, each of which is looked at."""
    for _ in range(times):
        assert "mfa_code_wrong" == await refusal(
            show(world, caller, PHONE, wrong(world))
        )


def use_guards(world: StsWorld, guards: MemoryGuardStore) -> None:
    """Puts another store of what happens once in place."""
    world.guards = guards
    world.second_factor = SecondFactor(
        directory=world.directory, guards=guards, clock=world.clock
    )


def mfa_keys(world: StsWorld, caller: Caller) -> tuple[object, object]:
    """Returns what policies see of a caller's second factor: presence and age."""
    authorizer = world.authorizers.authorizer(world.directory.current())
    keys = authorizer.keys(caller, CALL, {})
    return (
        keys.get("aws:MultiFactorAuthPresent"),
        keys.get("aws:MultiFactorAuthAge"),
    )
