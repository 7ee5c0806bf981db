"""The example organisation: valid as it stands, and it allows what it says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from daypass.adapters.directory_check import check_folder
from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.adapters.secrets import SecretResolver
from daypass.directory.model import Directory
from support.securecart import (
    AUDIT,
    AUDITORS,
    DEVELOPMENT,
    EXTERNAL_ID,
    FOLDER,
    NOTHING,
    PRODUCTION,
    READ_ONLY,
    ROLE_A,
    ROLE_B,
    STOREFRONT,
    USERS,
    federated_allowed,
    session_allowed,
    user_allowed,
)
from support.world import SeededEntropy

SECRETS = f"arn:aws:secretsmanager:us-east-1:{PRODUCTION}"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    """Returns the example, loaded as a first start loads it."""
    state = tmp_path_factory.mktemp("state")
    secrets = state / "secrets"
    generate_missing_secrets(FOLDER, secrets, SeededEntropy())
    files = DirectoryFiles.open(
        folder=FOLDER,
        registry=state / "ids.json",
        secrets=SecretResolver(folder=secrets, environment={}),
        entropy=SeededEntropy(),
    )
    return files.current()


def test_has_no_fault() -> None:
    """The example passes the check that anybody can run."""
    assert check_folder(FOLDER) == []


@pytest.mark.parametrize("name", USERS)
def test_has_one_key_per_user(directory: Directory, name: str) -> None:
    """Each user has one active key, made on the first start."""
    user = directory.user_by_arn(USERS[name])

    assert user is not None
    (key,) = user.access_keys
    assert key.active
    assert directory.access_keys.get(key.access_key_id) == (key, user)


@pytest.mark.parametrize(
    ("name", "role", "context"),
    [
        ("intern", READ_ONLY, NOTHING),
        ("auditor", READ_ONLY, NOTHING),
        ("storefront", READ_ONLY, NOTHING),
        ("admin", READ_ONLY, NOTHING),
        ("auditor", AUDIT, NOTHING),
        ("auditor", AUDIT, {"sts:ExternalId": "securecart-2025"}),
        ("dev", AUDIT, EXTERNAL_ID),
        ("admin", AUDIT, EXTERNAL_ID),
        ("dev", STOREFRONT, NOTHING),
        ("admin", STOREFRONT, NOTHING),
        ("portal", STOREFRONT, NOTHING),
        ("intern", ROLE_A, NOTHING),
        ("dev", ROLE_B, {"aws:PrincipalTag/project": "x"}),
    ],
)
def test_refuses_strangers(
    directory: Directory, name: str, role: str, context: Mapping[str, str]
) -> None:
    """Whom a role does not trust, or who was not told to, may not assume it."""
    assert not user_allowed(directory, name, "sts:AssumeRole", role, context)


@pytest.mark.parametrize(
    ("name", "role", "context"),
    [
        ("dev", READ_ONLY, NOTHING),
        ("auditor", AUDIT, EXTERNAL_ID),
        ("storefront", STOREFRONT, NOTHING),
        ("dev", ROLE_A, NOTHING),
    ],
)
def test_lets_in_who_should(
    directory: Directory, name: str, role: str, context: Mapping[str, str]
) -> None:
    """Each role lets in whom its scenario is about."""
    assert user_allowed(directory, name, "sts:AssumeRole", role, context)


def test_bounds_audit_sessions(directory: Directory) -> None:
    """An auditor's session lasts an hour at the most."""
    role = directory.role_by_arn(AUDIT)

    assert role is not None
    assert timedelta(hours=1) == role.max_session


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::securecart-reports/a.pdf"),
        ("s3:PutObject", "arn:aws:s3:::securecart-product-images/a.png"),
        (
            "secretsmanager:GetSecretValue",
            f"{SECRETS}:secret:other",
        ),
    ],
)
def test_storefront_does_no_more(
    directory: Directory, action: str, resource: str
) -> None:
    """The storefront may do nothing besides its two things."""
    assert not session_allowed(directory, STOREFRONT, action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::securecart-product-images/a/b.png"),
        (
            "secretsmanager:GetSecretValue",
            f"{SECRETS}:secret:storefront/payment-key-x",
        ),
    ],
)
def test_storefront_serves(directory: Directory, action: str, resource: str) -> None:
    """The storefront reads product images, and one secret."""
    assert session_allowed(directory, STOREFRONT, action, resource)


@pytest.mark.parametrize(
    ("context", "expected"),
    [({}, False), ({"aws:PrincipalTag/project": "apollo"}, True)],
)
def test_chains_with_tag(
    directory: Directory, context: Mapping[str, str], *, expected: bool
) -> None:
    """RoleA goes on to RoleB when it carries a project, and not without."""
    assert expected == session_allowed(
        directory, ROLE_A, "sts:AssumeRole", ROLE_B, context
    )


@pytest.mark.parametrize(("project", "expected"), [("apollo", True), ("other", False)])
def test_reads_own_project(
    directory: Directory, project: str, *, expected: bool
) -> None:
    """RoleB reads what belongs to the project that was passed on."""
    resource = "arn:aws:s3:::securecart-projects/apollo/plan.txt"
    context = {"aws:PrincipalTag/project": project}

    assert expected == session_allowed(
        directory, ROLE_B, "s3:GetObject", resource, context
    )


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({}, False),
        ({"aws:MultiFactorAuthPresent": "false"}, False),
        ({"aws:MultiFactorAuthPresent": "true"}, True),
    ],
)
def test_demands_second_factor(
    directory: Directory, context: Mapping[str, str], *, expected: bool
) -> None:
    """An operator looks around after a second factor only."""
    assert expected == user_allowed(
        directory, "operator", "s3:ListAllMyBuckets", "*", context
    )


def test_operator_has_device(directory: Directory) -> None:
    """The operator's device has a seed of full size, made on the first start."""
    account = directory.account(PRODUCTION)

    assert account is not None
    (device,) = account.mfa_devices.values()
    assert (USERS["operator"], 20) == (device.owner_arn, len(device.seed.reveal()))


@pytest.mark.parametrize(
    ("name", "expected"), [("customer-acme", True), ("operator", False)]
)
def test_portal_makes_tokens(
    directory: Directory, name: str, *, expected: bool
) -> None:
    """The portal makes federation tokens for customers, and for nobody else."""
    resource = f"arn:aws:sts::{PRODUCTION}:federated-user/{name}"

    assert expected == user_allowed(
        directory, "portal", "sts:GetFederationToken", resource
    )


@pytest.mark.parametrize(
    ("provider", "action", "role", "context", "expected"),
    [
        (
            "saml-provider/CorpIdP",
            "sts:AssumeRoleWithSAML",
            "S3AccessRole",
            {"saml:aud": "https://evil.example"},
            False,
        ),
        (
            "saml-provider/CorpIdP",
            "sts:AssumeRoleWithSAML",
            "S3AccessRole",
            {"saml:aud": "https://signin.aws.amazon.com/saml"},
            True,
        ),
        (
            "oidc-provider/ci.securecart.example",
            "sts:AssumeRoleWithWebIdentity",
            "federated/PipelineRole",
            {
                "ci.securecart.example:aud": "daypass",
                "ci.securecart.example:sub": "repo:securecart/storefront:pull_request",
            },
            False,
        ),
        (
            "oidc-provider/ci.securecart.example",
            "sts:AssumeRoleWithWebIdentity",
            "federated/PipelineRole",
            {
                "ci.securecart.example:aud": "daypass",
                "ci.securecart.example:sub": "repo:securecart/storefront:ref:"
                "refs/heads/main",
            },
            True,
        ),
        (
            "oidc-provider/ci.securecart.example",
            "sts:AssumeRoleWithWebIdentity",
            "federated/MobileAppRole",
            {"login.securecart.example/customers:aud": "securecart-mobile"},
            False,
        ),
        (
            "oidc-provider/login.securecart.example/customers",
            "sts:AssumeRoleWithWebIdentity",
            "federated/MobileAppRole",
            {"login.securecart.example/customers:aud": "securecart-mobile"},
            True,
        ),
    ],
)
def test_trusts_providers(
    directory: Directory,
    provider: str,
    action: str,
    role: str,
    context: Mapping[str, str],
    *,
    expected: bool,
) -> None:
    """Each federated role trusts its own provider, for whom it is meant."""
    arn = f"arn:aws:iam::{PRODUCTION}:role/{role}"

    assert expected == federated_allowed(directory, provider, action, arn, context)


@pytest.mark.parametrize(
    ("name", "action", "expected"),
    [
        ("dev", "daypass:RevokeSessions", False),
        ("intern", "daypass:VerifyToken", False),
        ("dev", "daypass:VerifyToken", True),
        ("admin", "daypass:RevokeSessions", True),
    ],
)
def test_administers(
    directory: Directory, name: str, action: str, *, expected: bool
) -> None:
    """The administrator administers Daypass, and nobody else does."""
    assert expected == user_allowed(directory, name, action, "*")


def test_boundary_caps_groups(directory: Directory) -> None:
    """What no boundary mentions, no group's policy can allow."""
    user = directory.user_by_arn(USERS["dev"])

    assert user is not None
    assert user.boundary is not None
    assert not user_allowed(directory, "dev", "iam:DeleteUserPermissionsBoundary", "*")


def test_nobody_leaves_the_organization(directory: Directory) -> None:
    """Both workload accounts are under the organisation's policies."""
    levels = {
        account: [
            [policy.source.name for policy in level]
            for level in directory.scp_levels(account)
        ]
        for account in (DEVELOPMENT, PRODUCTION, AUDITORS)
    }

    under = [["FullAccess"], ["FullAccess", "StayInTheOrganization"]]
    assert {DEVELOPMENT: under, PRODUCTION: under, AUDITORS: []} == levels


SELF = f"arn:aws:sts::{PRODUCTION}:self"


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (("https://payments.example",), True),
        (("https://payments.example", "https://other.example"), False),
        (("https://other.example",), False),
    ],
)
def test_storefront_is_known_to_payments(
    directory: Directory, audience: tuple[str, ...], *, expected: bool
) -> None:
    """The storefront may be named to the payment company and to nobody beside it."""
    context = {"sts:IdentityTokenAudience": audience}
    asked = session_allowed(
        directory, STOREFRONT, "sts:GetWebIdentityToken", SELF, context
    )

    assert expected is asked


def test_production_has_an_issuer(directory: Directory) -> None:
    """The production account names its principals to others, with its own issuer."""
    account = directory.account(PRODUCTION)

    assert account is not None
    assert account.outbound_federation is not None
    assert account.outbound_federation.enabled
    assert "https://tokens.securecart.example/production" == (
        account.outbound_federation.issuer
    )
