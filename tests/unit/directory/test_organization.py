"""The organisation: its tree, and which policies stand over which account."""

from __future__ import annotations

import pytest

from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)

MANAGEMENT = "444455556666"
ALLOW = (
    '{Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}}'
)
DENY = '{Version: "2012-10-17", Statement: {Effect: Deny, Principal: "*",'
DENY += ' Action: "s3:*", Resource: "*"}}'
TEXTS = {
    f"{account}.yaml": account_file(account=account)
    for account in (ACCOUNT, OTHER_ACCOUNT, MANAGEMENT)
}
TREE = f"""\
organization:
  id: o-securecart01
  management_account: "{MANAGEMENT}"
  service_control_policies: {{Full: {ALLOW}, More: {ALLOW}}}
  resource_control_policies: {{Keep: {DENY}}}
  root:
    service_control_policies: [Full]
    accounts:
      "{MANAGEMENT}": {{}}
    units:
      Shop:
        service_control_policies: [More, Full]
        units:
          Deep Down:
            resource_control_policies: [Keep]
            accounts:
              "{ACCOUNT}": {{service_control_policies: []}}
"""


@pytest.mark.parametrize(
    ("old", "new", "path", "reason"),
    [
        ("[More, Full]", "[More, Ful]  # here", "root.units.Shop.service_control_policies[1]", "the organisation declares no such policy"),
        ("[Keep]", "[Full]  # here", "root.units.Shop.units['Deep Down'].resource_control_policies[0]", "the organisation declares no such policy"),
        (f'account: "{MANAGEMENT}"', f'account: "{OTHER_ACCOUNT}"  # here', "management_account", "the account stands nowhere below the root"),
        (f'account: "{MANAGEMENT}"', 'account: "000000000000"  # here', "management_account", "no file declares this account"),
        ("  root:", '  root_administrator: "000000000000"  # here\n  root:', "root_administrator", "no file declares this account"),
        ("  root:", f'  root_administrator: "{OTHER_ACCOUNT}"  # here\n  root:', "root_administrator", "the account stands nowhere below the root"),
        ("  root:", "  root_features: [Nonsense]  # here\n  root:", "root_features[0]", ""),
        ("id: o-securecart01", "id: o-short  # here", "id", "expected o- and 10 to 32"),
        ("Shop:", "Sh/op:  # here", "root.units.Sh/op", "expected a name"),
        (f"Keep: {DENY}}}", f"Keep: {ALLOW}}}  # here", "resource_control_policies.Keep", ""),
    ],
)  # fmt: skip
def test_refuses_tree(old: str, new: str, path: str, reason: str) -> None:
    """What does not fit the rest of the folder is a fault."""
    text = TREE.replace(old, new)

    faults = faults_of({**TEXTS, "o.yaml": text})

    where = ("o.yaml", marked_line(text), f"organization.{path}")
    assert where in {
        (one.file, one.line, one.path) for one in faults if reason in one.reason
    }


def test_refuses_account_twice() -> None:
    """An account stands in one unit only."""
    text = TREE + f'              "{MANAGEMENT}": {{}}  # here\n'

    (fault,) = faults_of({**TEXTS, "o.yaml": text})

    assert ("o.yaml", marked_line(text)) == (fault.file, fault.line)
    assert fault.reason == "the account stands in another unit, too"


def test_refuses_unknown_account() -> None:
    """An account in the tree must be declared."""
    text = TREE + '              "000000000000": {}  # here\n'

    (fault,) = faults_of({**TEXTS, "o.yaml": text})

    assert ("o.yaml", marked_line(text)) == (fault.file, fault.line)
    assert fault.reason == "no file declares this account"


@pytest.mark.parametrize("extra", [0, 1])
def test_bounds_policy(extra: int) -> None:
    """A policy of the organisation fills its quota and not a character more."""
    pattern = "a" * (5120 - 85 + extra)
    policy = ALLOW.replace('Action: "*"', f"Action: 's3:{pattern}'")
    text = TREE.replace(f"More: {ALLOW}", f"More: {policy}")

    faults = faults_of({**TEXTS, "o.yaml": text})

    reason = "the policy has 5121 characters; 5120 are allowed"
    assert [reason] * extra == [fault.reason for fault in faults]


def test_orders_levels() -> None:
    """The levels are those from the root down; one that restricts nothing is out."""
    directory = directory_of({**TEXTS, "o.yaml": TREE})

    levels = directory.scp_levels(ACCOUNT)

    assert levels[2] == ()
    assert [[policy.source.name for policy in level] for level in levels] == [
        ["Full"],
        ["More", "Full"],
        [],
    ]


def test_adds_full_access_to_resource_levels() -> None:
    """Each level of resource control policies allows all, besides its denials."""
    directory = directory_of({**TEXTS, "o.yaml": TREE})

    full = ["RCPFullAWSAccess"]
    assert [full, full, [*full, "Keep"], full] == [
        [policy.source.name for policy in level]
        for level in directory.rcp_levels(ACCOUNT)
    ]


@pytest.mark.parametrize("account", [MANAGEMENT, OTHER_ACCOUNT, "000000000000"])
def test_leaves_accounts_free(account: str) -> None:
    """The management account, and one outside the tree, is under no policy."""
    directory = directory_of({**TEXTS, "o.yaml": TREE})

    assert directory.scp_levels(account) == ()
    assert directory.rcp_levels(account) == ()


def test_knows_membership() -> None:
    """An account knows its organisation and its place there."""
    directory = directory_of({**TEXTS, "o.yaml": TREE})

    member, outsider = directory.account(ACCOUNT), directory.account(OTHER_ACCOUNT)

    assert member is not None
    assert outsider is not None
    assert member.organization_path == "o-securecart01/root/Shop/Deep Down/"
    assert member.organization_id == "o-securecart01"
    assert outsider.organization_path is None
