"""Credentials for a token: those of AssumeRole, and no way around a trust policy."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from daypass.core.errors import (
    AccessDeniedError,
    AuditUnavailableError,
    DaypassError,
    ValidationError,
)
from daypass.core.exchange_errors import (
    InvalidExchangeTokenError,
    InvalidScopeError,
    InvalidTargetError,
    UnauthorizedClientError,
)
from daypass.core.exchanged_token import TokenType
from support.exchange_world import (
    ACCESS,
    ACCOUNT,
    BOTH,
    CREDENTIALS,
    EXCHANGE,
    ID,
    READER,
    ExchangeWorld,
    clerk,
    customer,
    shop,
)
from support.oidc_issuer import NOW


@pytest_asyncio.fixture
async def world() -> ExchangeWorld:
    """Returns the shop."""
    return await shop()


def asked(**parameters: Any) -> dict[str, Any]:
    """Returns the parameters of an exchange for credentials."""
    return {
        "requested_token_type": CREDENTIALS,
        "audiences": (),
        **parameters,
    }


async def refusal(world: ExchangeWorld, **parameters: Any) -> DaypassError:
    """Returns the refusal of an exchange for credentials, which stores no session."""
    with pytest.raises(DaypassError) as caught:
        await world.exchange(**asked(**parameters))
    assert "" == (world.sts.audit.records[-1].issued_access_key_id or "")
    return caught.value


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ({"audiences": ("images",)}, InvalidTargetError),
        ({"resources": ("https://images.example/",)}, InvalidTargetError),
        ({"scopes": ("read",)}, InvalidScopeError),
        (
            {"actor_token": clerk(), "actor_token_type": ID},
            UnauthorizedClientError,
        ),
    ],
    ids=["audience", "resource", "scope", "actor"],
)
async def test_what_credentials_have_not(
    world: ExchangeWorld, parameters: dict[str, Any], kind: type[DaypassError]
) -> None:
    """Credentials have no target and no scope, and an actor takes a policy that says so."""
    assert isinstance(await refusal(world, **parameters), kind)


async def test_type_takes_a_policy() -> None:
    """Where no policy issues credentials, nobody gets them."""
    account = ACCOUNT.replace(
        "issues: [credentials]\n    role: Reader", "issues: [jwt]"
    )
    world = await shop(account.replace("max_lifetime: 40m", "audiences: [other]"))

    error = await refusal(world)

    assert "type_of_no_policy" == error.detail


async def test_trust_policy_decides() -> None:
    """A role that does not trust the client is not assumed, whoever the subject is."""
    world = await shop(ACCOUNT.replace("role: Reader", "role: Closed"))

    error = await refusal(world)

    assert isinstance(error, AccessDeniedError)
    assert "sts:AssumeRole" == error.metadata["action"]


async def test_explicit_denial_decides() -> None:
    """A client that may not assume the role does not get it by an exchange."""
    denied = BOTH.replace(
        "}]}",
        '}, {Effect: Deny, Action: "sts:AssumeRole", Resource: "*"}]}',
    )
    account = ACCOUNT.replace(
        f"storefront: {{policies: {{exchange: {BOTH}}}}}",
        f"storefront: {{policies: {{exchange: {denied}}}}}",
    )
    assert account != ACCOUNT
    world = await shop(account)

    assert "sts:AssumeRole" == (await refusal(world)).metadata["action"]


async def test_exchange_itself_takes_permission() -> None:
    """Whoever may assume the role may not for that reason exchange tokens."""
    only = EXCHANGE.replace("daypass:ExchangeToken", "sts:AssumeRole")
    account = ACCOUNT.replace(
        f"storefront: {{policies: {{exchange: {BOTH}}}}}",
        f"storefront: {{policies: {{exchange: {only}}}}}",
    )
    assert account != ACCOUNT
    world = await shop(account)

    assert "daypass:ExchangeToken" == (await refusal(world)).metadata["action"]


@pytest.mark.parametrize(("seconds", "good"), [(899, False), (900, True)])
async def test_subject_that_ends_too_soon(
    world: ExchangeWorld,
    seconds: int,
    good: bool,  # noqa: FBT001 - the answer.
) -> None:
    """Credentials last 15 minutes at least, and never outlive the subject's token."""
    token = customer(exp=NOW + seconds)
    if not good:
        error = await refusal(world, subject_token=token)
        assert isinstance(error, InvalidExchangeTokenError)
        return

    result = await world.exchange(**asked(subject_token=token))

    assert result.credentials is not None
    end = result.credentials.expire_time
    assert world.sts.clock.now() + timedelta(seconds=900) == end


async def test_c07_never_a_second_longer(world: ExchangeWorld) -> None:
    """Credentials end with the subject's token, whatever the second has come to."""
    world.sts.clock.step(timedelta(microseconds=1))
    result = await world.exchange(**asked(subject_token=customer(exp=NOW + 1_000)))

    assert result.credentials is not None
    over = result.credentials.expire_time - world.sts.clock.now()
    assert timedelta(seconds=998) < over < timedelta(seconds=1_000)
    assert timedelta(seconds=999) == result.lifetime


async def test_longer_than_the_role_allows() -> None:
    """A policy does not lengthen the sessions of its role."""
    world = await shop(
        ACCOUNT.replace("max_lifetime: 40m", "max_lifetime: 2h").replace(
            ", max_session_duration: 12h", ""
        )
    )

    error = await refusal(world, subject_token=customer(exp=NOW + 7_200))

    assert isinstance(error, ValidationError)
    assert "duration_above_role" == error.detail


async def test_credentials(world: ExchangeWorld) -> None:
    """A token becomes credentials of the policy's role, for as long as that says."""
    result = await world.exchange(**asked())
    credentials = result.credentials
    assert credentials is not None
    caller = await world.sts.authenticate(
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
    )

    assert READER == caller.principal.principal_arn
    assert (TokenType.CREDENTIALS, timedelta(minutes=40), (), None) == (
        result.issued_type,
        result.lifetime,
        result.scopes,
        result.token,
    )
    record = world.sts.audit.records[-1]
    assert credentials.access_key_id == record.issued_access_key_id
    assert record.resource.endswith(":exchange-policy/Credentials")


async def test_session_is_named_after_the_subject(world: ExchangeWorld) -> None:
    """The session's name tells subjects apart, whatever characters they have."""
    names = []
    subjects = ("user/1", "user 1", "u" * 255, "\N{LATIN SMALL LETTER E WITH ACUTE}")
    for subject in subjects:
        result = await world.exchange(**asked(subject_token=customer(sub=subject)))
        assert result.credentials is not None
        caller = await world.sts.authenticate(
            result.credentials.access_key_id,
            result.credentials.secret_access_key,
            result.credentials.session_token,
        )
        names.append(caller.principal.arn.rpartition("/")[2])

    assert len(subjects) == len(set(names))
    assert all(re.fullmatch(r"[\w+=,.@-]{2,64}", name, re.ASCII) for name in names)
    assert names[0].startswith("user-1-")


async def test_own_token_for_credentials(world: ExchangeWorld) -> None:
    """A token of ours becomes credentials that know that they came of it."""
    text = await world.token()
    result = await world.exchange(
        **asked(subject_token=text, subject_token_type=ACCESS)
    )
    assert result.credentials is not None

    key = result.credentials.access_key_id
    record = await world.sts.store.get(key, now=world.sts.clock.now())
    assert record is not None
    assert world.read(text).token_id in record.ancestors


async def test_not_audited_taken_back(world: ExchangeWorld) -> None:
    """Credentials whose record cannot be written do not exist."""
    world.sts.audit.fail_next(AuditUnavailableError("full"))
    with pytest.raises(AuditUnavailableError):
        await world.exchange(**asked())

    record = world.sts.audit.records[-1]
    assert ("failed", "taken_back") == (record.outcome, record.detail)
