"""The operations of STS: what the clients send, and what they make of the answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from google.protobuf.message import Message

from daypass_client import (
    AsyncDaypassClient,
    Credentials,
    DaypassClient,
    Profile,
    RoleRequest,
    UnavailableError,
)
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client._stubs.daypass.api.types.v1.error_pb2 import Error
from daypass_client.errors import AccessDeniedError, ThrottledError
from daypass_client.secret import Secret
from daypass_client.sts_values import (
    DelegatedAccess,
    FederatedUser,
    FederationRequest,
    IdentityToken,
    RootSession,
    SamlRequest,
    SamlRole,
    WebIdentityRequest,
    WebIdentityRole,
)
from support.client_answers import ROLE_ARN, ROLE_ID, SESSION_ARN, assumed
from support.fake_daypass import FakeDaypass
from support.sts_answers import (
    ACCOUNT,
    BY_ASSERTION,
    BY_TOKEN,
    DECODED,
    DELEGATED,
    END,
    FEDERATED,
    FEDERATED_ARN,
    IDENTITY,
    IDENTITY_TOKEN,
    OWN,
    ROOT,
    read,
)
from support.world import START, ManualClock

PROVIDER = "arn:aws:iam::123456789012:saml-provider/CorpIdP"
TASK = "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"
POLICIES = [sts.PolicyDescriptor(arn="arn:p")]
QUARTER = timedelta(minutes=15)

TOKEN_REQUEST = WebIdentityRequest(
    role_arn=ROLE_ARN,
    token="header.payload.signature\n",
    session_name="build",
    provider_id="www.amazon.com",
    duration=QUARTER,
    policy="{}",
    policy_arns=("arn:p",),
)
SAML_REQUEST = SamlRequest(
    role_arn=ROLE_ARN,
    principal_arn=PROVIDER,
    assertion="PHNhbWw+",
    duration=QUARTER,
    policy="{}",
    policy_arns=("arn:p",),
)
FEDERATION_REQUEST = FederationRequest(
    name="customer-7",
    policy="{}",
    policy_arns=("arn:p",),
    tags={"folder": "7"},
    duration=QUARTER,
)

Call = Callable[[DaypassClient | AsyncDaypassClient], object]

# For each: the call, the answer, what must have been sent, and what is read.
CASES: dict[str, tuple[Call, Message, Message, object]] = {
    "GetAccessKeyInfo": (
        lambda client: client.get_access_key_info("ASIAQNZGKIQY56JQ7WML"),
        ACCOUNT,
        sts.GetAccessKeyInfoRequest(access_key_id="ASIAQNZGKIQY56JQ7WML"),
        "029608264753",
    ),
    "DecodeAuthorizationMessage": (
        lambda client: client.decode_authorization_message("sealed"),
        DECODED,
        sts.DecodeAuthorizationMessageRequest(encoded_message="sealed"),
        '{"allowed": false}',
    ),
    "AssumeRoleWithWebIdentity": (
        lambda client: client.assume_role_with_web_identity(TOKEN_REQUEST),
        BY_TOKEN,
        sts.AssumeRoleWithWebIdentityRequest(
            role_arn=ROLE_ARN,
            role_session_name="build",
            web_identity_token="header.payload.signature\n",
            provider_id="www.amazon.com",
            duration_seconds=900,
            policy="{}",
            policy_arns=POLICIES,
        ),
        WebIdentityRole(
            credentials=read(5),
            arn=SESSION_ARN,
            assumed_role_id=f"{ROLE_ID}:me",
            source_identity="alice",
            packed_policy_size=3,
            subject="build",
            provider="arn:aws:iam::123456789012:oidc-provider/ci.securecart.example",
            audience="daypass",
        ),
    ),
    "AssumeRoleWithSAML": (
        lambda client: client.assume_role_with_saml(SAML_REQUEST),
        BY_ASSERTION,
        sts.AssumeRoleWithSAMLRequest(
            role_arn=ROLE_ARN,
            principal_arn=PROVIDER,
            saml_assertion="PHNhbWw+",
            duration_seconds=900,
            policy="{}",
            policy_arns=POLICIES,
        ),
        SamlRole(
            credentials=read(5),
            arn=SESSION_ARN,
            assumed_role_id=f"{ROLE_ID}:me",
            source_identity="",
            packed_policy_size=None,
            subject="alice",
            subject_type="persistent",
            issuer="https://idp.securecart.example/saml",
            audience="https://signin.aws.amazon.com/saml",
            name_qualifier="1uAJanUnBc2XeUkHURMht+xam2c=",
        ),
    ),
    "AssumeRoot": (
        lambda client: client.assume_root(
            "123456789012", task_policy_arn=TASK, duration=timedelta()
        ),
        ROOT,
        sts.AssumeRootRequest(
            target_principal="123456789012",
            task_policy_arn=sts.PolicyDescriptor(arn=TASK),
            duration_seconds=0,
        ),
        RootSession(read(5), "alice"),
    ),
    "GetSessionToken": (
        lambda client: client.get_session_token(
            duration=QUARTER, serial_number="GAHT12345678", token_code="012345"
        ),
        OWN,
        sts.GetSessionTokenRequest(
            duration_seconds=900, serial_number="GAHT12345678", token_code="012345"
        ),
        read(5),
    ),
    "GetFederationToken": (
        lambda client: client.get_federation_token(FEDERATION_REQUEST),
        FEDERATED,
        sts.GetFederationTokenRequest(
            name="customer-7",
            policy="{}",
            policy_arns=POLICIES,
            tags=[sts.Tag(key="folder", value="7")],
            duration_seconds=900,
        ),
        FederatedUser(read(5), FEDERATED_ARN, "123456789012:customer-7", 7),
    ),
    "GetWebIdentityToken": (
        lambda client: client.get_web_identity_token(
            ["https://a.example", "https://b.example"],
            algorithm="ES384",
            duration=timedelta(minutes=1),
            tags={"team": "shop"},
        ),
        IDENTITY,
        sts.GetWebIdentityTokenRequest(
            audience=["https://a.example", "https://b.example"],
            signing_algorithm="ES384",
            duration_seconds=60,
            tags=[sts.Tag(key="team", value="shop")],
        ),
        IdentityToken(Secret(IDENTITY_TOKEN), END),
    ),
    "GetDelegatedAccessToken": (
        lambda client: client.get_delegated_access_token("trade-in"),
        DELEGATED,
        sts.GetDelegatedAccessTokenRequest(trade_in_token="trade-in"),
        DelegatedAccess(read(5), "arn:aws:iam::123456789012:role/Partner", 7),
    ),
}
UNSIGNED = {"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"}


@pytest.fixture
def profile(fake: FakeDaypass, temporary: Credentials) -> Profile:
    """Returns a profile that leads to the fake, with temporary credentials."""
    return fake.profile(temporary)


@pytest.mark.parametrize("action", CASES)
def test_operation_is_sent_and_read_whole(
    fake: FakeDaypass, profile: Profile, action: str
) -> None:
    """Every parameter arrives, and everything that is answered is read."""
    call, answer, expected, value = CASES[action]
    fake.answer(answer)

    with DaypassClient(profile) as client:
        found = call(client)

    sent = fake.calls[0]
    assert f"/daypass.api.sts.v1.SecurityTokenService/{action}" == sent.method
    assert expected == type(expected).FromString(sent.body)
    assert value == found


@pytest.mark.parametrize("action", CASES)
async def test_awaiting_client_does_the_same(
    fake: FakeDaypass, profile: Profile, action: str
) -> None:
    """The awaiting client sends and reads what the blocking one does."""
    call, answer, expected, value = CASES[action]
    fake.answer(answer)

    async with AsyncDaypassClient(profile) as client:
        waiting = call(client)
        assert isinstance(waiting, Awaitable)
        found = await waiting

    assert expected == type(expected).FromString(fake.calls[0].body)
    assert value == found


@pytest.mark.parametrize("action", CASES)
def test_proof_is_sent_where_it_counts(
    fake: FakeDaypass, profile: Profile, action: str
) -> None:
    """Token and assertion are the only proof of their calls, all others are signed."""
    call, answer, _, _ = CASES[action]
    fake.answer(answer)

    with DaypassClient(profile) as client:
        call(client)

    metadata = fake.calls[0].metadata
    assert (action not in UNSIGNED) == ("authorization" in metadata)
    assert (action not in UNSIGNED) == ("x-amz-security-token" in metadata)


@pytest.mark.parametrize("action", sorted(UNSIGNED))
def test_proof_of_its_own_needs_no_credentials(fake: FakeDaypass, action: str) -> None:
    """A program without credentials may bring a token or an assertion."""
    call, answer, _, value = CASES[action]
    fake.answer(answer)

    with DaypassClient(fake.profile()) as client:
        found = call(client)

    assert value == found


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        (TOKEN_REQUEST, "signature"),
        (SAML_REQUEST, "PHNhbWw+"),
        (
            RoleRequest(role_arn=ROLE_ARN, serial_number="x", token_code="012345"),
            "012345",
        ),
        (
            RoleRequest(role_arn=ROLE_ARN, provided_contexts=(("arn", "asserted"),)),
            "asserted",
        ),
        (IdentityToken(Secret(IDENTITY_TOKEN), END), IDENTITY_TOKEN),
        (RootSession(read(5), ""), read(5).secret_access_key.reveal()),
    ],
)
def test_proof_is_not_shown(value: object, secret: str) -> None:
    """Tokens, assertions, codes and secrets are not in what a value prints."""
    assert secret not in f"{value!r} {value}"


def test_bare_token_request_leaves_choices(
    fake: FakeDaypass, profile: Profile, clock: ManualClock
) -> None:
    """What is not chosen is not sent; the session is named from the time."""
    fake.answer(BY_TOKEN)

    with DaypassClient(profile, clock=clock) as client:
        client.assume_role_with_web_identity(
            WebIdentityRequest(role_arn=ROLE_ARN, token="a.b.c")
        )

    sent = sts.AssumeRoleWithWebIdentityRequest.FromString(fake.calls[0].body)
    names = {field.name for field, _ in sent.ListFields()}
    assert {"role_arn", "role_session_name", "web_identity_token"} == names
    assert f"daypass-{int(START.timestamp())}" == sent.role_session_name


def test_second_factor_is_sent_with_a_role(fake: FakeDaypass, profile: Profile) -> None:
    """A role may be asked for with a code and with statements of others."""
    fake.answer(assumed(5, START))
    role = RoleRequest(
        role_arn=ROLE_ARN,
        serial_number="GAHT12345678",
        token_code="012345",
        provided_contexts=(("arn:context", "asserted"),),
    )

    with DaypassClient(profile) as client:
        client.assume_role(role)

    sent = sts.AssumeRoleRequest.FromString(fake.calls[0].body)
    assert ("GAHT12345678", "012345") == (sent.serial_number, sent.token_code)
    assert [("arn:context", "asserted")] == [
        (each.provider_arn, each.context_assertion) for each in sent.provided_contexts
    ]


def test_answer_without_token_is_a_failure(fake: FakeDaypass, profile: Profile) -> None:
    """An answer without the token that was asked for raises."""
    fake.answer(sts.GetWebIdentityTokenResponse())

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        client.get_web_identity_token(["a"], algorithm="RS256")


def test_one_text_is_no_list_of_audiences(profile: Profile) -> None:
    """A text is not taken for a sequence of audiences of one letter each."""
    with DaypassClient(profile) as client, pytest.raises(TypeError, match="sequence"):
        client.get_web_identity_token("https://a.example", algorithm="RS256")


def test_items_of_a_batch_fail_by_themselves(
    fake: FakeDaypass, profile: Profile
) -> None:
    """Each item of a batch has credentials, or the error of a call of its own."""
    denied = Error(
        reason="AccessDenied", code=7, message="No", metadata={"decision_id": "d"}
    )
    throttled = Error(code=8)
    throttled.retry_delay.FromTimedelta(timedelta(seconds=2))
    fake.answer(
        sts.BatchAssumeRoleResponse(
            results=[
                sts.BatchAssumeRoleResult(response=assumed(5, END)),
                sts.BatchAssumeRoleResult(error=denied),
                sts.BatchAssumeRoleResult(error=throttled),
                sts.BatchAssumeRoleResult(),
            ]
        )
    )
    roles = [RoleRequest(role_arn=ROLE_ARN, session_name=f"s{n}") for n in range(4)]

    with DaypassClient(profile) as client:
        good, no, busy, nothing = client.batch_assume_role(roles)

    sent = sts.BatchAssumeRoleRequest.FromString(fake.calls[0].body)
    assert ["s0", "s1", "s2", "s3"] == [
        item.role_session_name for item in sent.requests
    ]
    assert read(5) == getattr(good, "credentials", None)
    assert isinstance(no, AccessDeniedError)
    assert ("AccessDenied", "d") == (no.reason, no.decision_id)
    assert isinstance(busy, ThrottledError)
    assert timedelta(seconds=2) == busy.retry_delay
    assert isinstance(nothing, UnavailableError)


async def test_awaiting_client_asks_for_batches(
    fake: FakeDaypass, profile: Profile
) -> None:
    """The awaiting client asks for many roles as the blocking one does."""
    fake.answer(
        sts.BatchAssumeRoleResponse(
            results=[sts.BatchAssumeRoleResult(response=assumed(5, END))]
        )
    )

    async with AsyncDaypassClient(profile) as client:
        results = await client.batch_assume_role([RoleRequest(role_arn=ROLE_ARN)])

    assert [read(5)] == [getattr(each, "credentials", None) for each in results]
