"""GetWebIdentityToken names a caller to others, and only who may have it done.

SPEC: sts-operations 0.9, 0.10 and 1.11; details 16 and 59.
"""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest

from daypass.core.errors import (
    AccessDeniedError,
    AuditUnavailableError,
    InternalFailureError,
    InvalidParameterValueError,
    ValidationError,
)
from daypass.core.outbound_errors import (
    JwtPayloadSizeExceededError,
    OutboundFederationDisabledError,
    SessionDurationEscalationError,
)
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring
from daypass.sts.get_session_token import GetSessionTokenRequest
from daypass.sts.tags import Tag
from support.sts_world import StsWorld, allow
from unit.sts import outbound as org
from unit.sts.credentials import (
    assume_root,
    federation_token,
    holder,
    root,
    session_token,
    user,
)
from unit.sts.outbound import identity_token, outbound

SELF = f"arn:aws:sts::{org.ACCOUNT}:self"


def _allowing(condition: str, *, resource: str = SELF) -> str:
    return (
        '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:*WebIdentity'
        f'Token", Resource: "{resource}", Condition: {condition}}}]}}'
    )


async def _only(policy: str) -> StsWorld:
    """Returns a world in which this is all that ann may do."""
    more = "outbound_federation: {enabled: true}"
    return await outbound(org.account(org.ACCOUNT, "ann", more, policy))


def _claims(token: str) -> dict[str, object]:
    found: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return found


BREACHES = [
    ({"audience": ()}, "audience"),
    ({"audience": ("a",) * 11}, "audience"),
    ({"audience": ("a", "")}, "audience[1]"),
    ({"audience": ("a" * 1_001,)}, "audience[0]"),
    ({"signing_algorithm": None}, "signing_algorithm"),
    ({"signing_algorithm": "ES256"}, "signing_algorithm"),
    ({"signing_algorithm": "EdDSA"}, "signing_algorithm"),
    ({"signing_algorithm": "none"}, "signing_algorithm"),
    ({"signing_algorithm": "es384"}, "signing_algorithm"),
    ({"duration_seconds": 59}, "duration_seconds"),
    ({"duration_seconds": 3_601}, "duration_seconds"),
    ({"tags": (Tag("", ""),)}, "tags[0].key"),
    ({"tags": (Tag("session\n", ""),)}, "tags[0].key"),
]


@pytest.mark.parametrize(("parameters", "field"), BREACHES)
async def test_breach_named(parameters: dict[str, object], field: str) -> None:
    """A parameter that breaches its constraints is named, before any policy."""
    world = await _only(allow("s3:GetObject"))

    with pytest.raises(ValidationError) as caught:
        await identity_token(world, world.user(org.ANN), **parameters)

    assert [field] == [one.field for one in caught.value.violations]


@pytest.mark.parametrize(
    ("tags", "detail"),
    [
        ((Tag("Team", ""), Tag("team", "")), "tag_key_twice"),
        ((Tag("aws:x", ""),), "tag_key_reserved"),
    ],
)
async def test_conflicting_tags_refused(tags: tuple[Tag, ...], detail: str) -> None:
    """Tags whose keys are equal ignoring case, or reserved, are refused."""
    world = await outbound()

    with pytest.raises(InvalidParameterValueError) as caught:
        await identity_token(world, world.user(org.ANN), tags=tags)

    assert detail == caught.value.detail


async def test_caller_kinds_refused() -> None:
    """A root user, a federated user and a root task get no token, whatever they may."""
    world = await outbound()
    ann = await user(world, org.ANN)
    everything = (
        '{"Version":"2012-10-17","Statement":'
        '{"Effect":"Allow","Action":"*","Resource":"*"}}'
    )
    guest = await federation_token(world, ann, policy=everything)

    for caller in (
        await root(world, org.ACCOUNT),
        await holder(world, guest.credentials),
    ):
        with pytest.raises(AccessDeniedError) as caught:
            await identity_token(world, caller)
        assert "caller_kind" == caught.value.detail


@pytest.mark.parametrize(
    "condition",
    [
        '{"ForAllValues:StringEquals": {"sts:IdentityTokenAudience": ["b"]}}',
        '{StringEquals: {"sts:SigningAlgorithm": RS256}}',
        '{NumericLessThan: {"sts:DurationSeconds": "300"}}',
        '{StringEquals: {"aws:RequestTag/team": data}}',
    ],
    ids=["audience", "algorithm", "duration", "tag"],
)
async def test_condition_not_met_is_denied(condition: str) -> None:
    """A policy may bind the audience, the algorithm, the duration and the tags."""
    world = await _only(_allowing(condition))

    with pytest.raises(AccessDeniedError, match="policy"):
        await identity_token(world, world.user(org.ANN))


async def test_other_resource_is_denied() -> None:
    """What counts is a grant on the own account's `self`, and on no other."""
    world = await _only(_allowing("{}", resource=f"arn:aws:sts::{org.OTHER}:self"))

    with pytest.raises(AccessDeniedError) as caught:
        await identity_token(world, world.user(org.ANN))

    assert SELF == caught.value.metadata["resource"]


async def test_tags_need_an_action_of_their_own() -> None:
    """Tags need `sts:TagGetWebIdentityToken` beside the action itself."""
    policy = (
        '{Version: "2012-10-17", Statement: [{Effect: Allow,'
        f' Action: "sts:GetWebIdentityToken", Resource: "{SELF}"}}]}}'
    )
    world = await _only(policy)
    ann = world.user(org.ANN)

    await identity_token(world, ann)
    with pytest.raises(AccessDeniedError) as caught:
        await identity_token(world, ann, tags=(Tag("k", "v"),))

    assert "sts:TagGetWebIdentityToken" == caught.value.metadata["action"]


@pytest.mark.parametrize(
    "condition",
    [
        '{"ForAllValues:StringEquals": {"sts:IdentityTokenAudience": ["b", "a"]}}',
        '{StringEquals: {"sts:SigningAlgorithm": ES384}}',
        '{NumericLessThanEquals: {"sts:DurationSeconds": "300"}}',
        '{StringEquals: {"aws:RequestTag/team": data}}',
        '{"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}',
    ],
    ids=["audience", "algorithm", "duration", "tag", "tag-keys"],
)
async def test_condition_met_is_allowed(condition: str) -> None:
    """Each condition key of the operation has the value of the request."""
    world = await _only(_allowing(condition))

    await identity_token(
        world, world.user(org.ANN), audience=("a", "b"), tags=(Tag("team", "data"),)
    )


@pytest.mark.parametrize("arn", ["dan", "sue"])
async def test_account_that_does_not_name_its_principals(arn: str) -> None:
    """An account that has disabled outbound federation, or is silent, issues none."""
    world = await outbound()
    account_id = {"dan": org.DISABLED, "sue": org.SILENT}[arn]
    caller = world.user(f"arn:aws:iam::{account_id}:user/staff/{arn}")

    with pytest.raises(OutboundFederationDisabledError) as caught:
        await identity_token(world, caller)

    assert "outbound_federation_disabled" == caught.value.detail


async def test_account_without_issuer() -> None:
    """An account is given no issuer where the deployment has no base."""
    world = await outbound()
    caller = world.user(f"arn:aws:iam::{org.OTHER}:user/staff/oda")

    with pytest.raises(OutboundFederationDisabledError) as caught:
        await identity_token(world, caller, None)

    assert "outbound_issuer_unset" == caught.value.detail


async def test_detail_59_token_does_not_outlive_session() -> None:
    """Detail 59: a token ends with the calling session at the latest, or is refused."""
    world = await outbound()
    issued = await session_token(
        world, await user(world, org.ANN), GetSessionTokenRequest(duration_seconds=900)
    )
    caller = await holder(world, issued.credentials)

    with pytest.raises(SessionDurationEscalationError):
        await identity_token(world, caller, duration_seconds=901)
    result = await identity_token(world, caller, duration_seconds=900)

    assert issued.credentials.expire_time == result.expiration


async def test_claims_too_large_refused() -> None:
    """Claims of one byte more than there is room for are refused, and say so."""
    world = await outbound()
    ann = world.user(org.ANN)
    audience = ["\U0001f511" * 1_000] * 3 + ["a" * 1_000] * 2
    bare = await identity_token(world, ann, audience=(*audience, "b"))
    payload = bare.web_identity_token.reveal_text().split(".")[1]
    size = len(payload) * 3 // 4
    room = 14_984 - size + 1

    assert 0 < room <= 1_000
    await identity_token(world, ann, audience=(*audience, "b" * room))
    with pytest.raises(JwtPayloadSizeExceededError) as caught:
        await identity_token(world, ann, audience=(*audience, "b" * (room + 1)))

    assert {"bytes": "14985", "bytes_max": "14984"} == caught.value.metadata


async def test_ring_without_the_algorithm() -> None:
    """A ring of an earlier release, without the algorithm, is our failure, and named."""
    world = await outbound()
    algorithms = (Algorithm.EDDSA, Algorithm.ES256)
    now = world.clock.now()
    world.ring.value = new_ring(world.entropy, now, algorithms=algorithms)

    with pytest.raises(InternalFailureError) as caught:
        await identity_token(world, world.user(org.ANN))

    assert "ring_has_no_signing_key" == caught.value.detail
    assert "This service has no active key of ES384 yet" == caught.value.message


async def test_nothing_leaves_without_audit() -> None:
    """A token whose record cannot be written does not leave."""
    world = await outbound()
    world.audit.fail_next(AuditUnavailableError("audit_away"))

    with pytest.raises(AuditUnavailableError):
        await identity_token(world, world.user(org.ANN))


async def test_token_is_on_record_by_its_name() -> None:
    """The record has the token's id, issuer, audience and algorithm, never its text."""
    world = await outbound()

    result = await identity_token(world, world.user(org.ANN), audience=("a", "b"))

    token = result.web_identity_token.reveal_text()
    record = world.audit.records[-1]
    attributes = dict(record.attributes)
    assert ("GetWebIdentityToken", "allowed", SELF) == (
        record.operation,
        record.outcome,
        record.resource,
    )
    assert _claims(token)["jti"] == attributes["token_id"]
    assert ("a b", org.OWN_ISSUER, "ES384") == (
        attributes["audience"],
        attributes["issuer"],
        attributes["signing_algorithm"],
    )
    assert not any(part in repr(record) for part in token.split("."))
    assert token not in repr(result)


async def test_no_session_record() -> None:
    """A token is no session: the store keeps nothing of it."""
    world = await outbound()

    await identity_token(world, world.user(org.ANN))

    assert 0 == len(world.store)


@pytest.mark.parametrize("seconds", [60, 300, 3_600])
async def test_detail_16_durations(seconds: int) -> None:
    """Detail 16: a token lasts as long as was asked for, and 300 s unless asked."""
    world = await outbound()
    asked = None if seconds == 300 else seconds

    result = await identity_token(world, world.user(org.ANN), duration_seconds=asked)

    claims = _claims(result.web_identity_token.reveal_text())
    assert world.clock.now() + timedelta(seconds=seconds) == result.expiration
    assert int(result.expiration.timestamp()) == claims["exp"]


async def test_token_names_differ() -> None:
    """Two tokens of one caller have two names."""
    world = await outbound()
    ann = world.user(org.ANN)

    names = {
        _claims((await identity_token(world, ann)).web_identity_token.reveal_text())[
            "jti"
        ]
        for _ in range(10)
    }

    assert 10 == len(names)


async def test_root_task_refused() -> None:
    """A session of AssumeRoot gets no token."""
    world = await outbound()
    caller = await user(world, f"arn:aws:iam::{org.OTHER}:user/staff/oda")
    tasks = (
        "owner: aws\npolicies:\n  IAMAuditRootUserCredentials:"
        ' {path: /root-task/, document: {Version: "2012-10-17", Statement:'
        ' [{Effect: Allow, Action: "*", Resource: "*"}]}}\n'
    )
    world.declare(*org.FILES, tasks)
    issued = await assume_root(world, caller, org.ACCOUNT)

    with pytest.raises(AccessDeniedError) as caught:
        await identity_token(world, await holder(world, issued.credentials))

    assert "caller_kind" == caught.value.detail
