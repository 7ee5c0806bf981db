"""Session policies are as they are now, and what is gone allows nothing."""

from __future__ import annotations

import json

import pytest

from daypass.core.errors import (
    MalformedPolicyDocumentError,
    PackedPolicyTooLargeError,
)
from daypass.core.limits import SESSION_POLICY_CHARACTERS_MAX
from daypass.core.session import SessionPolicies
from daypass.sts.session_policies import (
    SessionPolicyReader,
    check_managed_policies,
    check_size,
)
from support.sts_world import StsWorld
from unit.sts import organisation as org

READ_LOGS = f"arn:aws:iam::{org.B}:policy/ReadLogs"
INLINE = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
    }
)


@pytest.mark.parametrize(
    ("arn", "account"),
    [
        (READ_LOGS, org.A),
        (f"{READ_LOGS}s", org.B),
        ("arn:aws:iam::aws:policy/None", org.B),
        ("no-arn-at-all", org.B),
    ],
)
def test_foreign_policy_refused(world: StsWorld, arn: str, account: str) -> None:
    """A managed policy of another account, or none at all, is refused by name."""
    policies = SessionPolicies(managed_arns=(arn,))

    with pytest.raises(MalformedPolicyDocumentError) as caught:
        check_managed_policies(policies, account, world.directory.current())
    assert {"policy_arn": arn} == caught.value.metadata


def test_own_policy_taken(world: StsWorld) -> None:
    """A managed policy of the role's account may be passed."""
    policies = SessionPolicies(managed_arns=(READ_LOGS,))

    check_managed_policies(policies, org.B, world.directory.current())


def test_size_counts_all_characters() -> None:
    """The document and the ARNs have so many characters together, and not one more."""
    arns = ("a" * 48, "b" * 1000)
    most = SESSION_POLICY_CHARACTERS_MAX - 1048

    check_size(SessionPolicies("x" * most, arns))
    with pytest.raises(PackedPolicyTooLargeError) as caught:
        check_size(SessionPolicies("x" * (most + 1), arns))
    assert "Packed policy consumes 101% of allotted space" == caught.value.message


def test_policies_are_read(world: StsWorld) -> None:
    """The document comes first and the managed policies after it, in their order."""
    reader = SessionPolicyReader()
    directory = world.directory.current()

    found = reader.read(SessionPolicies(INLINE, (READ_LOGS,)), org.B, directory)

    managed = directory.managed_policy(READ_LOGS)
    assert managed is not None
    assert (reader.parse(INLINE), managed.policy) == found
    assert () == reader.read(SessionPolicies(), org.B, directory)


def test_lost_policy_denies(world: StsWorld) -> None:
    """A managed policy that is gone, or changed hands, is replaced by a denial."""
    reader = SessionPolicyReader()
    directory = world.directory.current()
    gone = SessionPolicies(managed_arns=(f"{READ_LOGS}s",))

    (denial,) = reader.read(gone, org.B, directory)

    (statement,) = denial.statements
    assert "DENY" == statement.effect.name
    assert (denial,) == reader.read(
        SessionPolicies(managed_arns=(READ_LOGS,)), org.A, directory
    )
