"""AssumeRoleWithSAML: a good assertion becomes a session, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core import saml_limits as limits
from daypass.core.errors import (
    AccessDeniedError,
    ExpiredIdentityTokenError,
    IdpRejectedClaimError,
    InvalidParameterValueError,
    ValidationError,
)
from daypass.core.secret import Secret
from support.saml_idp import (
    ENTITY,
    PROVIDER_ARN,
    RECIPIENT,
    ROLE,
    ROLE_ARN,
    SESSION_NAME,
    Change,
    assertion,
    attribute,
    aws_attribute,
    in_response,
    instant,
)
from support.saml_world import (
    ABSENT,
    ACS,
    DENIED,
    FILES,
    FOREIGN_PROVIDER,
    OTHER_PROVIDER,
    PLAIN,
    asking,
    exchange,
    refused,
    request_of,
    saml_world,
    trust_of,
)
from support.sts_world import StsWorld
from support.world import START

NOT_AUTHORIZED = "Not authorized to perform sts:AssumeRoleWithSAML"


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns an account that trusts the provider."""
    return await saml_world()


def listing(*roles: str) -> Change:
    """Returns a change of the roles that the assertion names."""
    return (ROLE, aws_attribute("Role", *(f"{arn},{PROVIDER_ARN}" for arn in roles)))


def added(*attributes: str) -> Change:
    """Returns a change that adds attributes."""
    return (SESSION_NAME, SESSION_NAME + "".join(attributes))


async def test_answer(world: StsWorld) -> None:
    """The answer says who the subject is, and by whose word (details 36 and 37)."""
    found = await exchange(world)

    assert (
        "alice@corp.example",
        "persistent",
        ENTITY,
        RECIPIENT,
        "arn:aws:sts::123456789012:assumed-role/S3AccessRole/alice",
        None,
        None,
    ) == (
        found.subject,
        found.subject_type,
        found.issuer,
        found.audience,
        found.assumed_role_arn,
        found.packed_policy_percent,
        found.source_identity,
    )
    assert found.assumed_role_id.endswith(":alice")


async def test_audience_is_the_recipient(world: StsWorld) -> None:
    """The audience of the answer is the recipient, ours too (detail 36)."""
    change = (f'Recipient="{RECIPIENT}"', f'Recipient="{ACS}"')

    found = await exchange(world, asking(change, listing(PLAIN), role_arn=PLAIN))
    assert ACS == found.audience


async def test_session_is_usable(world: StsWorld) -> None:
    """What was issued proves its holder as the role's session."""
    found = await exchange(world)
    issued = found.credentials

    caller = await world.authenticate(
        issued.access_key_id, issued.secret_access_key, issued.session_token
    )
    assert caller.session is not None
    assert found.assumed_role_arn == caller.principal.arn
    assert PROVIDER_ARN == caller.session.federated_provider
    assert {"saml:sub", "saml:sub_type", "saml:namequalifier"} == set(
        caller.session.federated_keys
    )


async def test_audited(world: StsWorld) -> None:
    """The record names the provider, the subject and the assertion."""
    await exchange(world)

    attributes = dict(world.audit.records[-1].attributes)
    assert {
        "provider": PROVIDER_ARN,
        "subject": "alice@corp.example",
        "assertion_id": "_assertion-1",
    } == attributes


async def test_refusal_audited(world: StsWorld) -> None:
    """A refusal is on record with the provider and the inner reason."""
    await refused(world, request_of(in_response(assertion())))

    record = world.audit.records[-1]
    assert ("refused", "saml_element_missing") == (record.outcome, record.detail)
    assert {"provider": PROVIDER_ARN} == dict(record.attributes)


@pytest.mark.parametrize(
    "change",
    [
        *({"principal_arn": None}, {"principal_arn": ""}, {"principal_arn": "x" * 19}),
        *({"saml_assertion": None}, {"saml_assertion": Secret("AAA")}),
        {"saml_assertion": Secret("A" * (limits.SAML_ASSERTION_CHARACTERS_MAX + 1))},
        *({"role_arn": None}, {"duration_seconds": 899}, {"policy": "x" * 2049}),
    ],
)
async def test_parameters(world: StsWorld, change: dict[str, object]) -> None:
    """A parameter of the wrong form is refused before the assertion is looked at."""
    request = replace(request_of("x"), **change)  # type: ignore[arg-type]

    assert isinstance(await refused(world, request), ValidationError)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:role/CorpIdP",
        "arn:aws:iam::123456789012:saml-provider/",
        "arn:aws:sts::123456789012:saml-provider/CorpIdP",
        "arn:aws:iam::123456789012:oidc-provider/CorpIdP",
        "no arn of anything at all",
    ],
)
async def test_not_a_provider(world: StsWorld, arn: str) -> None:
    """The ARN of something else is no provider's."""
    error = await refused(world, asking(principal_arn=arn))

    assert isinstance(error, ValidationError)


async def test_provider_of_other_account(world: StsWorld) -> None:
    """The provider belongs to the account of the role."""
    error = await refused(world, asking(principal_arn=FOREIGN_PROVIDER))

    assert (NOT_AUTHORIZED, "saml_provider_of_other_account") == (
        error.message,
        error.detail,
    )


@pytest.mark.parametrize("name", ["GoneIdP", "corpidp", "BareIdP"])
async def test_provider_gone(world: StsWorld, name: str) -> None:
    """A provider that is gone, or of which nothing is pinned, vouches for nobody."""
    arn = PROVIDER_ARN.replace("CorpIdP", name)

    assert isinstance(
        await refused(world, asking(principal_arn=arn)), IdpRejectedClaimError
    )


async def test_no_account() -> None:
    """An account that is not there has no provider."""
    world = await saml_world()
    role = ROLE_ARN.replace("123456789012", "999999999999")
    provider = PROVIDER_ARN.replace("123456789012", "999999999999")

    error = await refused(world, asking(role_arn=role, principal_arn=provider))
    assert isinstance(error, IdpRejectedClaimError)


async def test_other_provider(world: StsWorld) -> None:
    """An assertion of one provider is none of another one's (S46)."""
    error = await refused(world, asking(principal_arn=OTHER_PROVIDER))

    assert "saml_signature_invalid" == error.detail


async def test_same_key_in_two_providers() -> None:
    """Where two providers have one key, the issuer tells them apart (S46)."""
    trust = {
        PROVIDER_ARN: trust_of(),
        OTHER_PROVIDER: trust_of(entity_id="https://other.example/saml"),
    }
    world = StsWorld(*FILES, saml=trust)
    await world.follower.catch_up()

    error = await refused(
        world, asking(listing(DENIED), principal_arn=OTHER_PROVIDER, role_arn=DENIED)
    )
    assert "saml_issuer_not_ours" == error.detail


async def test_role_not_listed(world: StsWorld) -> None:
    """A role that the provider does not name is not had, trusted or not (S47)."""
    error = await refused(world, asking(role_arn=PLAIN))

    assert isinstance(error, AccessDeniedError)
    assert (NOT_AUTHORIZED, "saml_role_not_listed") == (error.message, error.detail)


@pytest.mark.parametrize("role_arn", [ABSENT, DENIED])
async def test_same_denial(world: StsWorld, role_arn: str) -> None:
    """An absent role and one that trusts another are denied in one way (detail 14)."""
    error = await refused(world, asking(listing(role_arn), role_arn=role_arn))

    assert (NOT_AUTHORIZED, "policy") == (error.message, error.detail)


async def test_pair_in_other_order(world: StsWorld) -> None:
    """A pair in the other order is one (detail 38)."""
    pair = aws_attribute("Role", f"{PROVIDER_ARN},{ROLE_ARN}")

    assert "alice@corp.example" == (await exchange(world, asking((ROLE, pair)))).subject


async def test_trust_sees_recipient(world: StsWorld) -> None:
    """A trust policy that demands the sign-in URL refuses our own (saml:aud)."""
    change = (f'Recipient="{RECIPIENT}"', f'Recipient="{ACS}"')

    assert isinstance(await refused(world, asking(change)), AccessDeniedError)


async def test_tags_and_source_identity(world: StsWorld) -> None:
    """The session has the assertion's tags and source identity, and passes them on."""
    change = added(
        aws_attribute("PrincipalTag:Team", "blue"),
        aws_attribute("PrincipalTag:Stage", ""),
        aws_attribute("TransitiveTagKeys", "Team"),
        aws_attribute("SourceIdentity", "alice"),
        attribute("urn:oid:2.5.4.3", "Alice"),
    )

    found = await exchange(world, asking(change))
    issued = found.credentials
    caller = await world.authenticate(
        issued.access_key_id, issued.secret_access_key, issued.session_token
    )
    session = caller.session
    assert session is not None
    assert {"Team": "blue", "Stage": ""} == dict(session.tags)
    assert frozenset({"Team"}) == session.transitive_tag_keys
    assert "alice" == session.source_identity == found.source_identity
    assert found.packed_policy_percent is not None


@pytest.mark.parametrize(
    "attributes",
    [
        (aws_attribute("PrincipalTag:Team", "blue"),),
        (aws_attribute("SourceIdentity", "alice"),),
    ],
)
async def test_further_actions(world: StsWorld, attributes: tuple[str, ...]) -> None:
    """Tags and a source identity need their actions in the trust policy, too."""
    request = asking(listing(PLAIN), added(*attributes), role_arn=PLAIN)

    assert isinstance(await refused(world, request), AccessDeniedError)


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param((aws_attribute("PrincipalTag:aws:x", "y"),), id="S50 reserved"),
        pytest.param(
            tuple(aws_attribute(f"PrincipalTag:k{n}", "v") for n in range(51)),
            id="S50 more than 50",
        ),
        pytest.param(
            (
                aws_attribute("PrincipalTag:Team", "a"),
                aws_attribute("PrincipalTag:team", "b"),
            ),
            id="S50 case-duplicate",
        ),
        pytest.param(
            (aws_attribute("TransitiveTagKeys", "Team"),), id="S50 transitive absent"
        ),
    ],
)
async def test_conflicting_tags(world: StsWorld, attributes: tuple[str, ...]) -> None:
    """Tags that conflict are an invalid parameter value (S50)."""
    error = await refused(world, asking(added(*attributes)))

    assert isinstance(error, InvalidParameterValueError)


async def test_fifty_tags(world: StsWorld) -> None:
    """Fifty tags are not too many (S50)."""
    tags = tuple(aws_attribute(f"PrincipalTag:k{n}", "v") for n in range(50))

    assert (await exchange(world, asking(added(*tags)))).packed_policy_percent


def session_ends(span: timedelta) -> Change:
    """Returns a change that says when the provider's session ends."""
    return (" AuthnInstant", f' SessionNotOnOrAfter="{instant(span)}" AuthnInstant')


@pytest.mark.parametrize(
    ("asked", "attribute_seconds", "ends", "expected"),
    [
        (None, None, None, 3600),
        (900, None, None, 900),
        (7200, None, None, 7200),
        (None, 900, None, 900),
        (7200, 5400, None, 5400),
        (900, 5400, None, 900),
        pytest.param(7200, None, 1800, 1800, id="S41"),
        pytest.param(7200, 5400, 1800, 1800, id="S41 shortest"),
        pytest.param(None, None, 60, 60, id="S41 below the least"),
        pytest.param(900, None, 7200, 900, id="S41 later"),
    ],
)
async def test_duration(
    world: StsWorld,
    asked: int | None,
    attribute_seconds: int | None,
    ends: int | None,
    expected: int,
) -> None:
    """The shortest of what was asked for and what the assertion says counts (S41)."""
    changes: list[Change] = []
    if attribute_seconds is not None:
        changes.append(added(aws_attribute("SessionDuration", str(attribute_seconds))))
    if ends is not None:
        changes.append(session_ends(timedelta(seconds=ends)))

    found = await exchange(world, asking(*changes, duration_seconds=asked))
    assert START + timedelta(seconds=expected) == found.credentials.expire_time


async def test_duration_above_role(world: StsWorld) -> None:
    """More than the role allows is refused, even if the assertion caps it."""
    request = asking(
        added(aws_attribute("SessionDuration", "900")), duration_seconds=7201
    )

    error = await refused(world, request)
    assert "duration_above_role" == error.detail


async def test_session_over_when_issued(world: StsWorld) -> None:
    """Of a provider's session that is over nothing is issued (S41)."""
    request = asking(session_ends(timedelta(seconds=1)))
    world.clock.advance(timedelta(milliseconds=1))

    assert isinstance(await refused(world, request), ExpiredIdentityTokenError)
