"""Second factors in GetSessionToken and AssumeRole: which are good.

SPEC: sts-operations 0.1, 1.1 and 1.10, detail 34; attacks M01, M03,
M06, M11 and M12.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import AccessDeniedError, DaypassError, ValidationError
from daypass.core.secret import Secret
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.get_session_token import GetSessionTokenRequest
from support.sts_world import CALL, StsWorld
from unit.sts.credentials import holder, root, session_token, user
from unit.sts.second_factors import (
    ABSENT,
    ACCOUNT,
    BOB,
    EVE,
    EVES,
    OPEN,
    PHONE,
    REFUSED,
    ROOTS,
    SHUT,
    TABLET,
    UNKNOWN,
    VAULT,
    A,
    code,
    fail,
    mfa_keys,
    one_account,
    refusal,
    show,
    wrong,
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the account, with nothing issued."""
    return await one_account()


async def test_wrong_code_refused(world: StsWorld) -> None:
    """A wrong code is refused, and nothing is issued."""
    bob = await user(world, BOB)

    reason = await refusal(show(world, bob, PHONE, wrong(world)))

    assert "mfa_code_wrong" == reason
    assert world.audit.records[-1].issued_access_key_id is None


async def test_reason_is_audited(world: StsWorld) -> None:
    """The audit log knows the device and the reason, and not the code."""
    shown = wrong(world)
    await refusal(show(world, await user(world, BOB), PHONE, shown))

    record = world.audit.records[-1]
    assert ("refused", "AccessDenied", "mfa_code_wrong") == (
        record.outcome,
        record.reason,
        record.detail,
    )
    assert (("mfa_serial_number", PHONE),) == record.attributes
    assert shown.reveal_text() not in repr(record)


async def test_replay_refused(world: StsWorld) -> None:
    """A code works once in its own step and in the window behind it (M01, 34)."""
    bob, shown = await user(world, BOB), code(world)
    await show(world, bob, PHONE, shown)

    for span in (0, 29, 30):
        world.clock.advance(timedelta(seconds=span))
        assert "mfa_code_used" == await refusal(show(world, bob, PHONE, shown))


async def test_replay_in_other_operation(world: StsWorld) -> None:
    """A code that one operation took is used up for the other."""
    bob, shown = await user(world, BOB), code(world)
    await world.assume(bob, VAULT, serial_number=PHONE, token_code=shown)

    assert "mfa_code_used" == await refusal(show(world, bob, PHONE, shown))


@pytest.mark.parametrize("offset", [-3, 3])
async def test_outside_window_refused(world: StsWorld, offset: int) -> None:
    """A code that is three steps off is wrong."""
    shown = code(world, offset=offset)

    reason = await refusal(show(world, await user(world, BOB), PHONE, shown))

    assert "mfa_code_wrong" == reason


async def test_whole_window_taken(world: StsWorld) -> None:
    """Each code of the window works once, older ones after newer ones (34; not M04)."""
    bob = await user(world, BOB)

    for offset in (2, -2, 0, 1, -1):
        result = await show(world, bob, PHONE, code(world, offset=offset))
        session = await holder(world, result.credentials)
        assert ("true", "0") == mfa_keys(world, session)


@pytest.mark.parametrize(
    "spelling",
    [
        "{} ",
        " {}",
        "{}\t",
        "{}\n",
        "{}\x00",
        "+{}",
        "0{}",
        "",
        "12345",
        "１２３４５６",  # noqa: RUF001 - full-width digits.
        "٣٤٥٦٧٨",
        "12345a",
    ],
)
async def test_other_spellings_of_code(world: StsWorld, spelling: str) -> None:
    """Whatever is not six ASCII digits breaches a constraint, and is not tried (M03)."""
    shown = Secret(spelling.format(code(world).reveal_text()))

    for call in (
        show(world, await user(world, BOB), PHONE, shown),
        world.assume(world.user(BOB), VAULT, serial_number=PHONE, token_code=shown),
    ):
        with pytest.raises(ValidationError) as caught:
            await call
        assert "tokenCode" in caught.value.message
    assert 0 == len(world.guards)


@pytest.mark.parametrize(
    "serial_number",
    [
        UNKNOWN,
        EVES,
        ROOTS,
        PHONE.upper(),
        PHONE.replace("phone", "Phone"),
        PHONE.replace("aws", "aws-cn"),
        PHONE.replace(A, "999999999999"),
        PHONE.replace("mfa/", "mfa//"),
        PHONE + "/",
        "GAHT12345678",
    ],
)
async def test_only_own_serial_counts(world: StsWorld, serial_number: str) -> None:
    """Only the exact ARN of a device of the caller is one; the reply is one (M06, M11)."""
    bob = await user(world, BOB)

    for shown in (code(world), wrong(world)):
        await refusal(show(world, bob, serial_number, shown))
    # The phone has not been tried, and its code is not used up.
    await show(world, bob, PHONE, code(world))


@pytest.mark.parametrize("serial_number", [f"{PHONE} ", f"{PHONE}%20", f"{PHONE}*"])
async def test_serial_with_other_characters(
    world: StsWorld, serial_number: str
) -> None:
    """A serial number with a blank or a percent sign breaches a constraint (M06)."""
    with pytest.raises(ValidationError):
        await show(world, await user(world, BOB), serial_number, code(world))


async def test_code_of_another_user(world: StsWorld) -> None:
    """Another user's device with its right code is refused, and its code kept."""
    reason = await refusal(show(world, await user(world, BOB), EVES, code(world, EVES)))

    assert "mfa_device_of_another" == reason
    await show(world, await user(world, EVE), EVES, code(world, EVES))


async def test_code_of_other_device(world: StsWorld) -> None:
    """A code of one device is not good for another one of the user."""
    bob = await user(world, BOB)

    assert "mfa_code_wrong" == await refusal(
        show(world, bob, PHONE, code(world, TABLET))
    )
    await show(world, bob, TABLET, code(world, TABLET))


async def test_strangers_lock_nobody(world: StsWorld) -> None:
    """Guessing at the device of somebody else locks nobody but the one who does (M12)."""
    eve = await user(world, EVE)
    reasons = [await refusal(show(world, eve, PHONE, wrong(world))) for _ in range(7)]

    assert ["mfa_device_of_another"] * 5 + ["mfa_locked"] * 2 == reasons
    await show(world, await user(world, BOB), PHONE, code(world))
    await show(world, eve, EVES, code(world, EVES))


async def test_lock_spares_the_rest(world: StsWorld) -> None:
    """A locked device ends no session and locks no other device (M12)."""
    bob = await user(world, BOB)
    result = await show(world, bob, PHONE, code(world))
    await fail(world, bob, 5)

    assert "mfa_locked" == await refusal(show(world, bob, PHONE, code(world, offset=1)))
    assert BOB == (await holder(world, result.credentials)).principal.arn
    await show(world, bob, TABLET, code(world, TABLET))
    await session_token(world, bob)


async def test_device_of_root(world: StsWorld) -> None:
    """A root user shows its own device, and no user does."""
    assert "mfa_device_of_another" == await refusal(
        show(world, await user(world, BOB), ROOTS, code(world, ROOTS))
    )

    result = await show(world, await root(world, A), ROOTS, code(world, ROOTS))

    assert ("true", "0") == mfa_keys(world, await holder(world, result.credentials))


async def test_device_of_namesake(world: StsWorld) -> None:
    """A device that is declared away is gone at once."""
    bob, shown = await user(world, BOB), code(world)
    world.declare(ACCOUNT.replace("phone: {user: bob", "phone: {user: eve"))

    assert "mfa_device_of_another" == await refusal(show(world, bob, PHONE, shown))


async def test_wrong_code_before_role(world: StsWorld) -> None:
    """A wrong code has one answer, whether the role exists, trusts or is shut (0.1)."""
    bob = await user(world, BOB)

    for role in (VAULT, SHUT, ABSENT, OPEN):
        reason = await refusal(
            world.assume(bob, role, serial_number=PHONE, token_code=wrong(world))
        )
        assert "mfa_code_wrong" == reason


async def test_right_code_and_absent_role(world: StsWorld) -> None:
    """With a right code, a role that refuses and one that is not there look alike."""
    bob = await user(world, BOB)
    messages = set()
    for offset, role in enumerate((SHUT, ABSENT)):
        shown = code(world, offset=offset)
        with pytest.raises(AccessDeniedError) as caught:
            await world.assume(bob, role, serial_number=PHONE, token_code=shown)
        messages.add(caught.value.message.replace(role, ""))

    assert 1 == len(messages)
    assert REFUSED not in messages


async def test_parameters_before_code(world: StsWorld) -> None:
    """A breach of a constraint is told before the code is looked at or used (0.1)."""
    bob, shown = await user(world, BOB), code(world)
    with pytest.raises(ValidationError):
        await world.assume(
            bob,
            VAULT,
            serial_number=PHONE,
            token_code=shown,
            duration_seconds=1,
        )
    with pytest.raises(ValidationError):
        await session_token(
            world,
            bob,
            GetSessionTokenRequest(1, serial_number=PHONE, token_code=shown),
        )

    await show(world, bob, PHONE, shown)


async def test_one_code_in_a_batch(world: StsWorld) -> None:
    """Of two items of a batch with one code, one gets it."""
    request = AssumeRoleRequest(
        role_arn=VAULT,
        role_session_name="s1",
        serial_number=PHONE,
        token_code=code(world),
    )

    items = await world.batch().run((request, request), await user(world, BOB), CALL)

    details = [
        item.outcome.detail for item in items if isinstance(item.outcome, DaypassError)
    ]
    assert ["mfa_code_used"] == details


async def test_grant_is_audited(world: StsWorld) -> None:
    """The record of a grant names the device whose code was shown."""
    await show(world, await user(world, BOB), PHONE, code(world))

    assert (("mfa_serial_number", PHONE),) == world.audit.records[-1].attributes
