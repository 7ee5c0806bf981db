"""Advice on a whole directory: of every policy, once, with file and line."""

from __future__ import annotations

import pytest

from daypass.directory.advice import advise_directory
from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    directory_of,
    marked_line,
)

ALL_BUT = '[{Effect: Allow, NotAction: "iam:*", Resource: "*"}]'
POLICY = f'{{Version: "2012-10-17", Statement: {ALL_BUT}}}'
TRUST = """
roles:
  R:
    trust:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow  # here
          Principal: {AWS: "%s"}
          Action: sts:AssumeRole
"""


def warnings(**files: str) -> list[str]:
    """Returns the warnings on files, each as it is printed."""
    texts = {f"{name}.yaml": text for name, text in files.items()}
    return [str(each) for each in advise_directory(directory_of(texts))]


def test_third_party_is_warned_of() -> None:
    """An account outside of the organisation needs an external id."""
    text = account_file(TRUST % OTHER_ACCOUNT)

    (found,) = warnings(a=text, b=account_file(account=OTHER_ACCOUNT))

    role = f"arn:aws:iam::{ACCOUNT}:role/R: statement 0"
    place = f"a.yaml:{marked_line(text)}: {role}"
    assert f"{place}: warning: {OTHER_ACCOUNT} may be made to act" in found
    assert found.endswith(
        "add StringEquals on sts:ExternalId with the id that they gave you"
    )


def test_user_of_third_party_is_warned_of() -> None:
    """A user is known by the account that it belongs to, though stored by its id."""
    user = f"arn:aws:iam::{OTHER_ACCOUNT}:user/u"
    other = account_file("users: {u: {}}", account=OTHER_ACCOUNT)

    (found,) = warnings(a=account_file(TRUST % user), b=other)

    assert "may be made to act here" in found


def test_same_organisation_is_no_third_party() -> None:
    """An account of the role's organisation needs no external id."""
    organization = f"""
organization:
  id: o-securecart01
  management_account: "{OTHER_ACCOUNT}"
  root:
    accounts:
      "{OTHER_ACCOUNT}": {{}}
      "{ACCOUNT}": {{}}
"""

    found = warnings(
        a=account_file(TRUST % OTHER_ACCOUNT),
        b=account_file(account=OTHER_ACCOUNT),
        o=organization,
    )

    assert [] == found


def test_session_of_third_party_is_warned_of() -> None:
    """A session that is named is of the account in its ARN."""
    session = f"arn:aws:sts::{OTHER_ACCOUNT}:assumed-role/Q/s1"

    (found,) = warnings(a=account_file(TRUST % session))

    assert "may be made to act here" in found


def test_unknown_ids_are_nobody() -> None:
    """An id that nobody has any more is no third party."""
    assert [] == warnings(a=account_file(TRUST % ("AROA" + "Q" * 17)))


@pytest.mark.parametrize("principal", [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"])
def test_own_account_is_no_third_party(principal: str) -> None:
    """Without an organisation an account is itself no third party."""
    assert [] == warnings(a=account_file(TRUST % principal))


POLICIES = """
users:
  u:
    groups: [g]
    permissions_boundary: Cap
    policies: {Own: {Version: "2012-10-17", Statement: %s}}
groups:
  g:
    policies: {Shared: {Version: "2012-10-17", Statement: %s}}
policies:
  Cap: {document: {Version: "2012-10-17", Statement: %s}}
  Free: {document: {Version: "2012-10-17", Statement: %s}}
"""


def test_every_granting_policy_is_read() -> None:
    """Policies of users, groups and nobody yet are read; a boundary may leave out."""
    found = warnings(a=account_file(POLICIES % ((ALL_BUT,) * 4)))

    named = [line.split(": ")[1] for line in found]
    free = f"arn:aws:iam::{ACCOUNT}:policy/Free"
    assert ["Own", "Shared", free] == named


def test_shared_policies_are_told_once() -> None:
    """A policy of a group with two users is told once."""
    text = account_file(
        f"""
        users: {{u: {{groups: [g]}}, v: {{groups: [g]}}}}
        groups: {{g: {{policies: {{P: {POLICY}}}}}}}
        """
    )

    assert 1 == len(warnings(a=text))
