"""Tags, source identity and roles that a token brings, each in its form."""

from __future__ import annotations

import pytest

from daypass.core.errors import (
    InvalidIdentityTokenError,
    InvalidParameterValueError,
    ValidationError,
)
from daypass.core.limits import TAGS_MAX
from daypass.core.validation import Violations
from daypass.federation.oidc.federated_claims import PrincipalTags
from daypass.sts.tags import Tag, check_tag_conflicts, check_tag_fields
from support.oidc_refusal import claim_refusal, read

TAGS = "https://aws.amazon.com/tags"
FLAT = f"{TAGS}/principal_tags/"
KEYS = f"{TAGS}/transitive_tag_keys"
SOURCE = "https://aws.amazon.com/source_identity"
ROLES = "https://aws.amazon.com/roles"
ROLE = "arn:aws:iam::123456789012:role/Deploy"
OTHER = "arn:aws:iam::123456789012:role/Other"


def _nested(tags: object, keys: object = ()) -> dict[str, object]:
    return {TAGS: {"principal_tags": tags, "transitive_tag_keys": list(keys)}}  # type: ignore[call-overload]


@pytest.mark.parametrize("value", [None, "x", 5, [], [{"principal_tags": {}}], True])
def test_nested_tags_are_an_object(value: object) -> None:
    """The claim is an object."""
    if value is None:
        value = {"principal_tags": None}

    assert "claim_malformed" == claim_refusal(**{TAGS: value})[0]


@pytest.mark.parametrize(
    "value", ["v", [], ["v", "w"], [5], [None], [["v"]], {}, 5, None]
)
def test_nested_values_are_lists_of_one(value: object) -> None:
    """A nested value is a list of one string, and a bare string is not (detail 41)."""
    inner, message = claim_refusal(**_nested({"Team": value}))

    assert "claim_malformed" == inner
    assert f"The value of a claim is not valid: {TAGS}" == message


@pytest.mark.parametrize("value", [["v"], [], 5, None, {}])
def test_flat_values_are_text(value: object) -> None:
    """A flattened value is a plain string (detail 41)."""
    extra = {FLAT + "Team": value}
    if value is None:
        extra = {FLAT + "Team": False}

    assert "claim_malformed" == claim_refusal(**extra)[0]


@pytest.mark.parametrize("keys", ["Team", 5, {"Team": 1}, [5], [None], [["Team"]]])
def test_transitive_keys_are_a_list(keys: object) -> None:
    """The transitive keys are a list of strings, nested or flattened."""
    assert "claim_malformed" == claim_refusal(**{KEYS: keys})[0]
    nested = {TAGS: {"principal_tags": {}, "transitive_tag_keys": keys}}
    assert "claim_malformed" == claim_refusal(**nested)[0]


def test_nested_tags() -> None:
    """Nested tags are taken with their case and order, empty values too."""
    token = read(**_nested({"Team": ["blue"], "cost": [""]}, ["Team"]))

    assert PrincipalTags((("Team", "blue"), ("cost", "")), ("Team",)) == token.tags


def test_nested_parts_may_be_absent() -> None:
    """An object without tags has none, and what else it says means nothing."""
    assert PrincipalTags() == read(**{TAGS: {"more": 1}}).tags


def test_flat_tags() -> None:
    """Flattened tags are taken by the end of their names, slashes included."""
    token = read(**{FLAT + "Team": "blue", FLAT + "a/b": "c", KEYS: ["Team"]})

    assert PrincipalTags((("Team", "blue"), ("a/b", "c")), ("Team",)) == token.tags


def test_both_forms_together() -> None:
    """Both forms count, so that neither hides what the other says."""
    token = read(**_nested({"Team": ["blue"]}, ["Team"]), **{FLAT + "Team": "red"})

    assert (("Team", "blue"), ("Team", "red")) == token.tags.tags


def test_no_tags() -> None:
    """A token without the claims brings no tags."""
    assert PrincipalTags() == read().tags


def _check(tags: PrincipalTags) -> None:
    """Checks the tags as those of every other session are."""
    passed = tuple(Tag(key, value) for key, value in tags.tags)
    found = Violations()
    check_tag_fields(passed, tags.transitive_keys, found)
    found.raise_if_any()
    check_tag_conflicts(passed, tags.transitive_keys, {})


@pytest.mark.parametrize(
    ("tags", "keys", "error"),
    [
        ({"aws:Team": ["v"]}, [], InvalidParameterValueError),
        ({"Team": ["v"], "team": ["w"]}, [], InvalidParameterValueError),
        ({"Team": ["v"]}, ["Other"], InvalidParameterValueError),
        ({f"k{n}": ["v"] for n in range(TAGS_MAX + 1)}, [], ValidationError),
        ({"": ["v"]}, [], ValidationError),
        ({"Team": ["v" * 257]}, [], ValidationError),
        ({"Team": ["\x1b[31m"]}, [], ValidationError),
    ],
)
def test_tags_that_no_session_may_have(
    tags: object, keys: object, error: type[Exception]
) -> None:
    """Tags of a token are refused for what tags of any request are (O30)."""
    token = read(**_nested(tags, keys))

    with pytest.raises(error):
        _check(token.tags)


def test_tags_that_a_session_may_have() -> None:
    """Fifty tags, some transitive, pass the checks (O30)."""
    names = [f"k{n}" for n in range(TAGS_MAX)]

    _check(read(**_nested({name: ["v"] for name in names}, names[:3])).tags)


@pytest.mark.parametrize(
    "value", ["a", "s" * 65, "a b", "a:b", "\u00e9\u00e9", "ab\n", "", 5, ["ab"], True]
)
def test_source_identity_in_its_form(value: object) -> None:
    """A source identity is what a request may name, and nothing else."""
    assert "claim_malformed" == claim_refusal(**{SOURCE: value})[0]


@pytest.mark.parametrize("value", ["ab", "s" * 64, "alice@example.com"])
def test_source_identity(value: str) -> None:
    """A source identity is taken."""
    assert value == read(**{SOURCE: value}).source_identity


def test_no_source_identity() -> None:
    """A token need not bring one."""
    assert read().source_identity is None


@pytest.mark.parametrize("value", [5, True, {"role": ROLE}])
def test_roles_in_their_form(value: object) -> None:
    """The roles are a list or a string."""
    assert "claim_malformed" == claim_refusal(**{ROLES: value})[0]


@pytest.mark.parametrize(
    "value",
    [
        *("", ";", OTHER, ROLE.upper(), ROLE + "2", "Deploy", "*", f"{ROLE},{OTHER}"),
        *([], [OTHER], [[ROLE]], [5], ["arn:aws:iam::123456789012:role/*"]),
    ],
)
def test_role_is_not_among_them(value: object) -> None:
    """A token that names roles opens no other, be they malformed or none."""
    token = read(**{ROLES: value})

    with pytest.raises(InvalidIdentityTokenError) as caught:
        token.authorizes_role(ROLE)

    assert "id_token_role_not_authorized" == caught.value.detail


@pytest.mark.parametrize(
    "value",
    [
        ROLE,
        f" {ROLE} ",
        f"{OTHER};{ROLE}",
        f"junk; {ROLE};;",
        [ROLE],
        ["junk", 5, None, f" {ROLE}\t"],
    ],
)
def test_role_is_among_them(value: object) -> None:
    """A role that is named exactly is authorized, whatever stands beside it."""
    assert read(**{ROLES: value}).authorizes_role(ROLE) is True


def test_roles_not_named() -> None:
    """A token that names no roles leaves them to the trust policies."""
    assert read().authorizes_role(ROLE) is False
