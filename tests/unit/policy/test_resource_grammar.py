"""The shape of resources, and whom the policies of resources may name.

SPEC: policy-language 3.1, the sixth text; 2.1 for policies that name principals.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.policy.document import DocumentKind
from support.policies import A, allow, document, refusal, saved

MANAGED = DocumentKind.MANAGED
REGEXES = "Resource vendor must be fully qualified and cannot contain regexes."
IAM_PATH = (
    'IAM resource path must either be "*" or start with user/, federated-user/, role/,'
    " group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/,"
    " saml-provider/, oidc-provider/, report/, access-report/."
)


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("invalid", 'Resource invalid must be in ARN format or "*".'),
        ("", 'Resource  must be in ARN format or "*".'),
        ("**", 'Resource ** must be in ARN format or "*".'),
        ("a:aws:s3:::b", 'Resource a:aws:s3:::b must be in ARN format or "*".'),
        ("a:b", 'Partition "b" is not valid for resource "arn:b:*:*:*:*".'),
        ("a:b:c", 'Partition "b" is not valid for resource "arn:b:c:*:*:*".'),
        (
            "a:b:c:d:e:f:g:h",
            'Partition "b" is not valid for resource "arn:b:c:d:e:f:g:h".',
        ),
        (
            "aws:s3:::bucket",
            'Partition "s3" is not valid for resource "arn:s3:::bucket:*".',
        ),
        ("arn:aws", REGEXES),
        ("arn:*", REGEXES),
        ("arn:aws:*:::b", REGEXES),
        ("arn:aws:s?:::b", REGEXES),
        (
            "arn:aws:iam:us-east-1::x",
            "IAM resource arn:aws:iam:us-east-1::x cannot contain region information.",
        ),
        (
            "arn:aws:s3:us-east-1::x",
            "Resource arn:aws:s3:us-east-1::x can not contain region information.",
        ),
        ("arn:aws:iam:::bucket", IAM_PATH),
        (f"arn:aws:iam::{A}:rooted", IAM_PATH),
        (f"arn:aws:iam::{A}:root/", IAM_PATH),
    ],
)
def test_resource_shapes(resource: str, expected: str) -> None:
    """The first entry of a wrong shape is reported, before those of actions."""
    value = document(allow("AssumeRole", ["*", resource, "other"]))

    assert expected == refusal(value, MANAGED)


@pytest.mark.parametrize("account", [A, "*"])
def test_root_user_is_a_resource(account: str) -> None:
    """The root user of an account is a resource: that of `sts:AssumeRoot`."""
    value = document(allow("sts:AssumeRoot", f"arn:aws:iam::{account}:root"))

    assert 1 == len(saved(value, MANAGED).statements)


@pytest.mark.parametrize(
    ("kind", "principals", "expected"),
    [
        (DocumentKind.RESOURCE, {}, "Missing required field Principal"),
        (
            DocumentKind.RESOURCE,
            {"NotPrincipal": {"AWS": A}},
            "Allow with NotPrincipal is not allowed.",
        ),
        (
            DocumentKind.RESOURCE_CONTROL,
            {"Principal": {"AWS": A}},
            'Invalid principal in policy: it must be "*"',
        ),
        (
            DocumentKind.RESOURCE_CONTROL,
            {"NotPrincipal": {"AWS": A}, "Effect": "Deny"},
            "AssumeRole policy must not contain NotPrincipal field.",
        ),
    ],
)
def test_policies_of_resources_name_principals(
    kind: DocumentKind, principals: dict[str, Any], expected: str
) -> None:
    """Where a document is about principals, it says which, in a form that may be."""
    assert expected == refusal(document({**allow(), **principals}), kind)


@pytest.mark.parametrize(
    ("kind", "principals"),
    [
        (DocumentKind.RESOURCE, {"Principal": "*"}),
        (DocumentKind.RESOURCE, {"Principal": {"CanonicalUser": "0" * 64}}),
        (DocumentKind.RESOURCE, {"NotPrincipal": {"AWS": A}, "Effect": "Deny"}),
        (DocumentKind.RESOURCE_CONTROL, {"Principal": "*"}),
        (DocumentKind.RESOURCE_CONTROL, {"Principal": {"AWS": "*"}}),
    ],
)
def test_principals_of_resources_are_accepted(
    kind: DocumentKind, principals: dict[str, Any]
) -> None:
    """The forms that the policies of resources may have are accepted."""
    assert kind is saved(document({**allow(), **principals}), kind).kind
