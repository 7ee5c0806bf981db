"""ARNs are split without loss, and only the right shapes of them are taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import arn
from daypass.core.arn import Arn, EntityArn
from daypass.core.errors import ValidationError

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/a/Reader"


def _refusal(text: str, kind: str = "role") -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        EntityArn.parse(text, kind=kind)
    return caught.value


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "arn_shape"),
        ("arn:aws:iam::123456789012", "arn_shape"),
        ("ARN:aws:iam::123456789012:role/R", "arn_shape"),
        (" arn:aws:iam::123456789012:role/R", "arn_shape"),
        ("arn::iam::123456789012:role/R", "arn_segment_empty"),
        ("arn:aws:::123456789012:role/R", "arn_segment_empty"),
        ("arn:aws:iam::123456789012:", "arn_segment_empty"),
    ],
)
def test_malformed_arn_refused(text: str, detail: str) -> None:
    """An ARN without six segments, or with one empty that must not be, is refused."""
    with pytest.raises(ValidationError) as caught:
        Arn.parse(text)

    assert (detail, f"{text} is invalid") == (caught.value.detail, caught.value.message)


def test_resource_keeps_colons() -> None:
    """Colons behind the fifth belong to the resource; region and account may be empty."""
    assert Arn("aws", "s3", "", "", "a:b/c:") == Arn.parse("arn:aws:s3:::a:b/c:")


@given(
    segments=st.lists(st.text(st.characters(exclude_characters=":")), min_size=4),
    resource=st.text(),
)
def test_arn_prints_as_it_was(segments: list[str], resource: str) -> None:
    """Whatever is taken prints as the text that it was."""
    text = ":".join(["arn", *segments[:4], resource])
    try:
        parsed = Arn.parse(text)
    except ValidationError:
        return

    assert text == str(parsed)


@pytest.mark.parametrize(
    "text",
    [
        f"arn:aws:iam::{ACCOUNT}:user/Reader",
        f"arn:aws:iam::{ACCOUNT}:roles/Reader",
        f"arn:aws:iam::{ACCOUNT}:role",
        f"arn:aws:iam::{ACCOUNT}:role/",
        f"arn:aws:iam::{ACCOUNT}:role/team/",
        f"arn:aws:iam::{ACCOUNT}:role/a b",
        f"arn:aws:iam::{ACCOUNT}:role/{'r' * 65}",
        f"arn:aws:iam::{ACCOUNT}:role/R\n",
        f"arn:aws:iam::{ACCOUNT}:role/Rôle",
        f"arn:aws:iam::{ACCOUNT}:role//R",
        f"arn:aws:iam::{ACCOUNT}:role/two words/R",
        f"arn:aws:iam::{ACCOUNT}:role/{'p' * 511}/R",
        f"arn:aws:sts::{ACCOUNT}:role/R",
        f"arn:aws:iam:eu-west-1:{ACCOUNT}:role/R",
        "arn:aws:iam::12345678901:role/R",
        "arn:aws:iam::1234567890123:role/R",
        "arn:aws:iam::12345678901\u0662:role/R",
        "arn:aws:iam:::role/R",
        f"arn:*:iam::{ACCOUNT}:role/R",
        f"arn:AWS:iam::{ACCOUNT}:role/R",
    ],
)
def test_other_entity_refused(text: str) -> None:
    """What is not exactly the ARN of such an entity is refused."""
    error = _refusal(text)

    assert ("arn_not_a_role", f"{text} is invalid") == (error.detail, error.message)


@pytest.mark.parametrize(
    ("kind", "path", "name"),
    [
        ("role", "/", "R"),
        ("role", "/", "r" * 64),
        ("role", f"/{'p' * 510}/", "R"),
        ("user", "/team/a/", "a+=,.@-_b"),
        ("role", "///", "R"),
    ],
)
def test_entity_is_split(kind: str, path: str, name: str) -> None:
    """Path and name are told apart, to the longest of each."""
    entity = EntityArn("aws-cn", ACCOUNT, kind, path, name)

    assert entity == EntityArn.parse(str(entity), kind=kind)


@given(rest=st.text(alphabet="/a!\n ", max_size=6))
def test_entity_prints_as_it_was(rest: str) -> None:
    """Whatever is taken as an entity prints as the text that it was."""
    text = f"arn:aws:iam::{ACCOUNT}:role{rest}/Reader"
    try:
        entity = EntityArn.parse(text, kind="role")
    except ValidationError:
        return

    assert text == str(entity)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (False, ""),
        (False, "aws-"),
        (False, "aws-CN"),
        (False, "gcp"),
        (False, "aws-us-iso-b-c"),
        (False, f"aws-{'a' * 17}"),
        (False, "aws\n"),
        (True, "aws"),
        (True, "aws-us-iso-b"),
        (True, f"aws-{'a' * 16}"),
    ],
)
def test_partitions(expected: bool, text: str) -> None:  # noqa: FBT001
    """A partition is `aws`, perhaps with up to three short words behind it."""
    assert expected is arn.is_partition(text)


def test_account_of_digits() -> None:
    """An account is twelve ASCII digits and nothing else."""
    for text in ("", "12345678901", "1234567890123", "12345678901a", f"{ACCOUNT}\n"):
        assert not arn.is_account_id(text)

    assert arn.is_account_id(ACCOUNT)
    assert not arn.is_account_id("\u0661" * 12)


@pytest.mark.parametrize(
    ("expected", "made"),
    [
        (f"arn:aws:iam::{ACCOUNT}:root", arn.root_arn("aws", ACCOUNT)),
        (ROLE, arn.entity_arn("aws", ACCOUNT, "role", "/team/a/", "Reader")),
        (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/s1",
            arn.role_session_arn("aws", ACCOUNT, "Reader", "s1"),
        ),
        (
            f"arn:aws-cn:sts::{ACCOUNT}:federated-user/bob",
            arn.federated_user_arn("aws-cn", ACCOUNT, "bob"),
        ),
    ],
)
def test_arns_of_principals(expected: str, made: str) -> None:
    """Every kind of principal has an ARN of its own form."""
    assert expected == made
