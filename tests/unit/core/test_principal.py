"""Each kind of principal has the names that the specification gives it (1.7)."""

from __future__ import annotations

import dataclasses

import pytest

from daypass.core.principal import (
    AccountPrincipal,
    Anonymous,
    FederatedProvider,
    FederatedUser,
    PrincipalType,
    RoleSession,
    RootUser,
    ServicePrincipal,
    User,
)

A = "123456789012"
ROOT = RootUser("aws", A)
USER = User("aws", A, "/team/", "bob", "AIDAEXAMPLE")
SESSION = RoleSession("aws-cn", A, "/service/", "Reader", "AROAEXAMPLE", "s1")
FEDERATED = FederatedUser("aws", A, "guest", USER)


@pytest.mark.parametrize(
    ("principal", "arn", "user_id"),
    [
        (ROOT, f"arn:aws:iam::{A}:root", A),
        (USER, f"arn:aws:iam::{A}:user/team/bob", "AIDAEXAMPLE"),
        (SESSION, f"arn:aws-cn:sts::{A}:assumed-role/Reader/s1", "AROAEXAMPLE:s1"),
        (FEDERATED, f"arn:aws:sts::{A}:federated-user/guest", f"{A}:guest"),
    ],
)
def test_names_that_are_shown(
    principal: AccountPrincipal, arn: str, user_id: str
) -> None:
    """GetCallerIdentity shows the ARN and the user id of the table."""
    assert (arn, user_id) == (principal.arn, principal.user_id)


@pytest.mark.parametrize(
    ("principal", "principal_arn", "kind"),
    [
        (ROOT, ROOT.arn, PrincipalType.ACCOUNT),
        (USER, USER.arn, PrincipalType.USER),
        (
            SESSION,
            f"arn:aws-cn:iam::{A}:role/service/Reader",
            PrincipalType.ASSUMED_ROLE,
        ),
        (FEDERATED, FEDERATED.arn, PrincipalType.FEDERATED_USER),
    ],
)
def test_names_that_policies_see(
    principal: AccountPrincipal, principal_arn: str, kind: PrincipalType
) -> None:
    """A role session is seen as its role, path included; others as themselves."""
    assert (principal_arn, kind) == (principal.principal_arn, principal.principal_type)


def test_types_of_principals() -> None:
    """The types are the values of `aws:PrincipalType`."""
    assert {"Account", "User", "AssumedRole", "FederatedUser", "Anonymous"} == {
        str(kind) for kind in PrincipalType
    }


@pytest.mark.parametrize(
    "principal",
    [ServicePrincipal("ec2.amazonaws.com"), FederatedProvider("arn"), Anonymous()],
)
def test_others_own_nothing(principal: object) -> None:
    """Services, providers and strangers have no account and no ARN."""
    assert not hasattr(principal, "account_id")
    assert not hasattr(principal, "arn")


@pytest.mark.parametrize("principal", [ROOT, USER, SESSION, FEDERATED])
def test_principals_do_not_change(principal: AccountPrincipal) -> None:
    """A principal is a value: frozen, and equal to another of the same fields."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        principal.account_id = "000000000000"  # type: ignore[misc]

    assert dataclasses.replace(principal) == principal
