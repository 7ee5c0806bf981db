"""Trust policies: who may be named in them, and what a name becomes."""

from __future__ import annotations

import pytest

from daypass.core.principal import User
from daypass.directory.compact import compact_json
from daypass.directory.entities import Role
from daypass.directory.model import Directory
from daypass.directory.registry import Registry, assign_ids
from daypass.policy.context import RequestContext
from daypass.policy.evaluate import PolicySlots, Question, decide
from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)
from support.world import SeededEntropy

PROVIDERS = (
    "saml_providers:\n  Corp: {}\n"
    "oidc_providers:\n  https://a.example/B: {client_ids: [x]}\n"
)
OTHERS = {
    "b.yaml": account_file(
        f"users:\n  u: {{path: /p/}}\ngroups:\n  g: {{}}\n{PROVIDERS}",
        account=OTHER_ACCOUNT,
    )
}
USER_ARN = f"arn:aws:iam::{OTHER_ACCOUNT}:user/p/u"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/r"


def role_file(principal: str, action: str = "sts:AssumeRole") -> str:
    """Returns a file with one role that trusts this principal."""
    return account_file(
        f"{PROVIDERS}roles:\n  r:\n"
        '    trust: {Version: "2012-10-17", Statement: {Effect: Allow,'
        f" Principal: {principal}, Action: '{action}'}}}}  # here"
    )


@pytest.mark.parametrize(
    "principal",
    [
        f"arn:aws:iam::{OTHER_ACCOUNT}:user/u",
        f"arn:aws:iam::{OTHER_ACCOUNT}:user/p/U",
        f"arn:aws:iam::{OTHER_ACCOUNT}:role/r",
        f"arn:aws:iam::{OTHER_ACCOUNT}:group/g",
        f"arn:aws-cn:iam::{OTHER_ACCOUNT}:root",
        "arn:aws:iam::000000000000:root",
        "000000000000",
        f"arn:aws:iam::{OTHER_ACCOUNT}:user/p/*",
    ],
)
def test_refuses_unknown_principal(principal: str) -> None:
    """A trust policy cannot name what is not declared."""
    text = role_file(f'{{AWS: "{principal}"}}')

    (fault,) = faults_of({"a.yaml": text, **OTHERS})

    where = ("a.yaml", marked_line(text), "roles.r.trust")
    assert where == (fault.file, fault.line, fault.path)
    assert fault.reason == f'Invalid principal in policy: "AWS":"{principal}"'


@pytest.mark.parametrize(
    "provider",
    [
        f"arn:aws:iam::{ACCOUNT}:saml-provider/corp",
        f"arn:aws:iam::{OTHER_ACCOUNT}:saml-provider/Corp",
        f"arn:aws:iam::{ACCOUNT}:oidc-provider/a.example/b",
    ],
)
def test_refuses_unknown_provider(provider: str) -> None:
    """A trust policy cannot name a provider that the role's account lacks."""
    text = role_file(f'{{Federated: "{provider}"}}', "sts:AssumeRoleWithSAML")

    (fault,) = faults_of({"a.yaml": text, **OTHERS})

    assert ("a.yaml", marked_line(text)) == (fault.file, fault.line)
    assert fault.reason.startswith("the role's account declares no such")


@pytest.mark.parametrize(
    "principal",
    [
        f'{{AWS: "{USER_ARN}"}}',
        f'{{AWS: "arn:aws:iam::{OTHER_ACCOUNT}:root"}}',
        f'{{AWS: "{OTHER_ACCOUNT}"}}',
        f'{{AWS: ["{ROLE_ARN}", "{OTHER_ACCOUNT}"]}}',
        '{AWS: "*"}',
        f'{{Federated: "arn:aws:iam::{ACCOUNT}:saml-provider/Corp"}}',
        f'{{Federated: ["arn:aws:iam::{ACCOUNT}:oidc-provider/a.example/B"]}}',
        "{Federated: accounts.google.com}",
        "{Service: ec2.amazonaws.com}",
    ],
)
def test_takes_known_principal(principal: str) -> None:
    """Whatever is declared may be named, the role itself too."""
    assert faults_of({"a.yaml": role_file(principal), **OTHERS}) == ()


@pytest.mark.parametrize("extra", [0, 1])
def test_bounds_size(extra: int) -> None:
    """A trust policy fills its quota and not a character more."""
    base = len(
        compact_json(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Sid": "",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": "sts:AssumeRole",
                },
            }
        )
    )
    sid = "x" * (4096 - base + extra)
    text = role_file("{AWS: '*'}").replace("Effect", f"Sid: {sid}, Effect")

    faults = faults_of({"a.yaml": text})

    reason = "the policy has 4097 characters; 4096 are allowed"
    assert [reason] * extra == [fault.reason for fault in faults]


def test_does_not_trust_namesake() -> None:
    """A user that is made anew under its old name is not who was trusted."""
    entropy = SeededEntropy()
    texts = {"a.yaml": role_file(f'{{AWS: "{USER_ARN}"}}'), **OTHERS}
    arns = [user.principal.arn for user in directory_of(texts).users]
    first = assign_ids(Registry(), [*arns, ROLE_ARN], entropy)
    second = assign_ids(assign_ids(first, [ROLE_ARN], entropy), arns, entropy)
    directory = directory_of(texts, registry=first)

    trusted = User("aws", OTHER_ACCOUNT, "/p/", "u", first.ids[USER_ARN])
    namesake = User("aws", OTHER_ACCOUNT, "/p/", "u", second.ids[USER_ARN])

    assert not is_trusted(directory, namesake)
    assert is_trusted(directory, trusted)


def is_trusted(directory: Directory, user: User) -> bool:
    """Tells whether the trust policy's side lets a user in."""
    role = directory.role_by_arn(ROLE_ARN)
    assert isinstance(role, Role)
    # The account of the caller is set to the role's, where trust alone decides.
    same = User("aws", ACCOUNT, user.path, user.name, user.unique_id)
    question = Question(
        action="sts:AssumeRole",
        resource=ROLE_ARN,
        resource_account=ACCOUNT,
        principal=same,
        context=RequestContext.of({}),
        slots=PolicySlots(resource=role.trust, resource_policy_required=True),
    )
    return decide(question).allowed


SHARED = "token.actions.githubusercontent.com"


def shared_issuer_file(condition: str) -> str:
    """Returns a file with one role that trusts a public issuer on a condition."""
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{SHARED}"
    return account_file(
        f"oidc_providers:\n  https://{SHARED}: {{client_ids: [x]}}\n"
        "roles:\n  r:\n"
        '    trust: {Version: "2012-10-17", Statement: {Effect: Allow,'
        f' Principal: {{Federated: "{provider}"}},'
        f" Action: 'sts:AssumeRoleWithWebIdentity', Condition: {condition}}}}}  # here"
    )


@pytest.mark.parametrize(
    "condition",
    [
        f"{{StringEquals: {{'{SHARED}:aud': x}}}}",
        f"{{StringLike: {{'{SHARED}:sub': '*'}}}}",
    ],
)
def test_refuses_every_tenant_of_a_public_issuer(condition: str) -> None:
    """Trust in a public issuer needs a condition on its subject (case 109)."""
    text = shared_issuer_file(condition)

    (fault,) = faults_of({"a.yaml": text})

    assert marked_line(text) == fault.line
    assert "is shared by many tenants" in fault.reason


def test_takes_one_tenant_of_a_public_issuer() -> None:
    """A condition that narrows the subject is enough."""
    condition = f"{{StringLike: {{'{SHARED}:sub': 'repo:securecart/*'}}}}"

    directory = directory_of({"a.yaml": shared_issuer_file(condition)})

    assert "r" == directory.roles[0].name
