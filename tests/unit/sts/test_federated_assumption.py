"""The shared steps of the federated operations, whatever the proof is.

SPEC: sts-operations 0.6 to 0.8, 1.2, 1.3 and 2.5; policy-language 6.1, 7.2 and 7.3;
details 3, 14, 15, 16, 25 and 31.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import (
    InvalidIdentityTokenError,
    InvalidParameterValueError,
    RevocationViewStaleError,
    StoreUnavailableError,
)
from daypass.core.ports import GuardKey
from daypass.core.session import SessionKind
from daypass.directory.model import Directory
from daypass.sts.federated_proof import OneUse
from daypass.sts.tags import Tag
from support.sts_world import LEASE, StsWorld
from unit.sts import federated as fed
from unit.sts.federated import Request, denied, exchange, with_proof

DENY_ALL = (
    '{Version: "2012-10-17", Statement: [{Effect: Deny, Principal: "*",'
    ' Action: "sts:*", Resource: "*"}]}'
)
READ = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns an account with a provider that its roles trust, and another one."""
    return await fed.world_of()


def tagged(*keys: str, **changes: object) -> Request:
    """Returns a request whose proof names tags."""
    return with_proof(Request(), tags=tuple(Tag(key, "v") for key in keys), **changes)


async def test_session_of_the_proof(world: StsWorld) -> None:
    """A good proof opens a session of the role, named and keyed by the proof."""
    assumed = await exchange(world)

    session = assumed.issued.session
    assert SessionKind.ROLE is session.kind
    assert fed.PROVIDER == session.federated_provider
    assert {"saml:sub": ("ada",)} == dict(session.federated_keys)
    assert timedelta(hours=1) == session.expire_time - session.issue_time
    assert f"arn:aws:sts::{fed.ACCOUNT}:assumed-role/Guest/ada" == assumed.principal.arn


async def test_session_is_really_usable(world: StsWorld) -> None:
    """What was issued proves its holder as the role's session."""
    assumed = await exchange(world)
    issued = assumed.issued.credentials

    caller = await world.authenticate(
        issued.access_key_id, issued.secret_access_key, issued.session_token
    )

    assert assumed.principal == caller.principal


async def test_audited_without_caller(world: StsWorld) -> None:
    """The record of a grant names no caller, the provider and the credentials."""
    request = with_proof(Request(), attributes={"subject": "ada"})

    assumed = await exchange(world, request)

    record = world.audit.records[-1]
    assert (None, "allowed") == (record.caller_arn, record.outcome)
    assert assumed.issued.session.access_key_id == record.issued_access_key_id
    assert {"provider": fed.PROVIDER, "subject": "ada"} == dict(record.attributes)


async def test_stored_before_it_leaves(world: StsWorld) -> None:
    """Without an acknowledged record nothing is issued, and that is on record."""
    world.store.fail_next(StoreUnavailableError(), method="add")

    with pytest.raises(StoreUnavailableError):
        await exchange(world)

    assert "failed" == world.audit.records[-1].outcome


@pytest.mark.parametrize(
    "role_arn",
    [fed.ABSENT, fed.FOREIGN, fed.NOWHERE, fed.EVERYONE, fed.WRONG_ACTION],
    ids=["absent", "foreign", "no account", "detail 31: AWS *", "sts:AssumeRole only"],
)
async def test_same_denial_for_all(world: StsWorld, role_arn: str) -> None:
    """Absent, foreign and refusing roles are denied in the same words (detail 14)."""
    error = await denied(world, Request(role_arn=role_arn))

    assert fed.REFUSAL == error.message
    assert {"decision_id": "request-1"} == dict(error.metadata)
    assert "policy" == error.detail


async def test_reserved_role_is_not_assumed(world: StsWorld) -> None:
    """A role of single sign-on is denied as if it were absent."""
    directory = world.directory.current()
    role = directory.role_by_arn(fed.ROLE)
    assert role is not None
    reserved = replace(role, path="/aws-reserved/sso.amazonaws.com/")
    world.directory.value = Directory.of(
        digest="made", accounts=directory.accounts, roles=[reserved]
    )

    error = await denied(world, Request(role_arn=reserved.arn))

    assert "policy" == error.detail
    assert fed.REFUSAL == error.message


async def test_conditions_see_the_proof(world: StsWorld) -> None:
    """The trust policy sees the proof's keys and the role's tags."""
    await exchange(world, Request(role_arn=fed.CONDITIONAL))

    other = with_proof(
        Request(role_arn=fed.CONDITIONAL), trust_keys={"saml:sub": ("eve",)}
    )
    await denied(world, other)


@pytest.mark.parametrize(
    "key",
    [
        "aws:PrincipalArn",
        "aws:PrincipalType",
        "aws:PrincipalAccount",
        "aws:userid",
        "aws:FederatedProvider",
        "aws:RequestedRegion",
        "aws:TokenIssueTime",
        "aws:MultiFactorAuthPresent",
    ],
)
async def test_nobody_calls_yet(key: str) -> None:
    """During the exchange no key says who calls (spec 2.5)."""
    absent = fed.trust_provider(condition=f'{{"Null": {{"{key}": "true"}}}}')
    present = fed.trust_provider(condition=f'{{"Null": {{"{key}": "false"}}}}')
    world = await fed.world_of(
        f"""
account: {{id: "{fed.ACCOUNT}", name: production}}
saml_providers: {{Corp: {{}}}}
roles:
  Guest: {{path: /team/, trust: {absent}}}
  Plain: {{trust: {present}}}
"""
    )

    await exchange(world)
    await denied(world, Request(role_arn=fed.PLAIN))


async def test_resource_control_policy_refuses() -> None:
    """A resource control policy of the role's account denies what trust allows."""
    organisation = f"""
organization:
  id: o-abcdefghij
  management_account: "{fed.ELSEWHERE}"
  resource_control_policies: {{none: {DENY_ALL}}}
  root:
    accounts:
      "{fed.ELSEWHERE}": {{}}
      "{fed.ACCOUNT}": {{resource_control_policies: [none]}}
"""
    world = await fed.world_of(*fed.FILES, organisation)

    error = await denied(world, Request())

    assert fed.REFUSAL == error.message


@pytest.mark.parametrize(
    ("change", "action"),
    [
        ({"tags": (Tag("team", "x"),)}, "sts:TagSession"),
        ({"source_identity": "ada"}, "sts:SetSourceIdentity"),
    ],
)
async def test_further_actions(
    world: StsWorld, change: dict[str, object], action: str
) -> None:
    """Tags and a source identity need their action in the trust policy as well."""
    error = await denied(world, with_proof(Request(role_arn=fed.PLAIN), **change))
    await exchange(world, with_proof(Request(), **change))

    assert f"{fed.REFUSAL}: the role does not allow {action}" == error.message


async def test_trust_is_asked_first(world: StsWorld) -> None:
    """Who may not assume the role learns nothing of its further actions."""
    request = tagged("team", source_identity="ada")

    error = await denied(world, replace(request, role_arn=fed.WRONG_ACTION))

    assert fed.REFUSAL == error.message


async def test_tags_of_the_session(world: StsWorld) -> None:
    """The session has the tags, and passes on those that are transitive."""
    request = tagged("Team", "Stage", transitive_tag_keys=("team",))

    session = (await exchange(world, request)).issued.session

    assert {"Team": "v", "Stage": "v"} == dict(session.tags)
    assert frozenset({"Team"}) == session.transitive_tag_keys


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(tagged("aws:x"), id="O30 reserved"),
        pytest.param(tagged("team", "TEAM"), id="O30 case-duplicate, detail 25"),
        pytest.param(tagged(*(f"k{n}" for n in range(51))), id="O30 more than 50"),
        pytest.param(
            tagged("team", transitive_tag_keys=("other",)), id="O30 transitive absent"
        ),
    ],
)
async def test_conflicting_tags(world: StsWorld, request_: Request) -> None:
    """Tags of a proof that conflict are an invalid parameter value (O30)."""
    with pytest.raises(InvalidParameterValueError):
        await exchange(world, request_)


async def test_fifty_tags_pass(world: StsWorld) -> None:
    """Fifty tags are not too many."""
    session = await exchange(world, tagged(*(f"k{n}" for n in range(50))))

    assert 50 == len(session.issued.session.tags)


@pytest.mark.parametrize("key", ["", "k" * 129, "a\nb", "💥"])
async def test_malformed_tags(world: StsWorld, key: str) -> None:
    """A tag that has not the form of one makes the proof invalid."""
    with pytest.raises(InvalidIdentityTokenError):
        await exchange(world, tagged(key))
    await exchange(world, tagged("k" * 128))


async def test_blind_worker_issues_nothing(world: StsWorld) -> None:
    """A worker that does not know of revocations refuses before the proof."""
    world.clock.advance(LEASE + timedelta(seconds=1))

    with pytest.raises(RevocationViewStaleError):
        await exchange(world, Request(problem=AssertionError("asked")))


def once(world: StsWorld) -> OneUse:
    """Returns the claim of a proof that is good once."""
    return OneUse(
        GuardKey("test", ("proof-1",)),
        world.clock.now() + timedelta(hours=1),
        InvalidIdentityTokenError("proof_used"),
    )


async def test_used_once(world: StsWorld) -> None:
    """Of many who bring one proof at once exactly one succeeds (J58, O31)."""
    request = with_proof(Request(), one_use=once(world))

    outcomes = await asyncio.gather(
        *(exchange(world, request) for _ in range(20)), return_exceptions=True
    )

    refused = [one for one in outcomes if isinstance(one, InvalidIdentityTokenError)]
    assert 19 == len(refused)
    assert {"proof_used"} == {one.detail for one in refused}


async def test_denial_uses_nothing_up(world: StsWorld) -> None:
    """A proof that was denied for another reason may still be exchanged."""
    request = with_proof(Request(), one_use=once(world))

    await denied(world, replace(request, role_arn=fed.WRONG_ACTION))

    await exchange(world, request)


async def test_guards_down(world: StsWorld) -> None:
    """Without an answer of the guard store nothing is issued."""
    world.guards.fail_next(StoreUnavailableError(), method="swap")

    with pytest.raises(StoreUnavailableError):
        await exchange(world, with_proof(Request(), one_use=once(world)))

    assert world.audit.records[-1].issued_access_key_id is None
