"""The attributes that say what session an assertion is for (S29, S30, S47 to S51)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.errors import (
    AccessDeniedError,
    InvalidIdentityTokenError,
    ValidationError,
)
from support.saml_idp import (
    ATTRIBUTES,
    PROVIDER_ARN,
    ROLE,
    ROLE_ARN,
    SESSION_NAME,
    Change,
    attribute,
    aws_attribute,
    response,
)
from support.saml_refusal import change_refusal, read, refusal

PAIR = f"{ROLE_ARN},{PROVIDER_ARN}"
OTHER = "arn:aws:iam::123456789012:role/Other"
STATEMENT_END = "</saml:AttributeStatement>"


def roles(*values: str) -> Change:
    """Returns a change of the pairs of an assertion."""
    return (ROLE, aws_attribute("Role", *values))


def added(text: str) -> Change:
    """Returns a change that adds an attribute."""
    return (ROLE, ROLE + text)


def session(*values: str) -> Change:
    """Returns a change of the name of the session."""
    return (SESSION_NAME, aws_attribute("RoleSessionName", *values))


@pytest.mark.parametrize(
    "value",
    [
        *(ROLE_ARN, PROVIDER_ARN, "", ",", f"{PAIR},{PAIR}", f"{PAIR},", f",{PAIR}"),
        *(f" {PAIR}", f"{PAIR} ", f"{PAIR}\n", f"{ROLE_ARN}\n,{PROVIDER_ARN}"),
        *(f"{ROLE_ARN},\u00a0{PROVIDER_ARN}", f"{ROLE_ARN}\t,{PROVIDER_ARN}"),
        *(
            f"{ROLE_ARN};{PROVIDER_ARN}",
            f"{ROLE_ARN} {PROVIDER_ARN}",
            f"{OTHER},{OTHER}",
        ),
        *(PAIR.upper(), f"{ROLE_ARN}x,{PROVIDER_ARN}", f"{ROLE_ARN},{PROVIDER_ARN}x"),
        *(
            f"{OTHER},{PROVIDER_ARN}",
            f"{ROLE_ARN},{ROLE_ARN}",
            f"{PROVIDER_ARN},{PROVIDER_ARN}",
        ),
        f"{ROLE_ARN},{PROVIDER_ARN.replace('123456789012', '210987654321')}",
        f"{ROLE_ARN},{PROVIDER_ARN.replace('CorpIdP', 'OtherIdP')}",
    ],
)
def test_pair_not_listed(value: str) -> None:
    """A role that is not named with this provider is not had (S30, S46, S47)."""
    with pytest.raises(AccessDeniedError) as caught:
        read(roles(value)).check_role(ROLE_ARN)

    assert "saml_role_not_listed" == caught.value.detail
    assert "Not authorized to perform sts:AssumeRoleWithSAML" == caught.value.message


@pytest.mark.parametrize(
    "value",
    [
        *(PAIR, f"{PROVIDER_ARN},{ROLE_ARN}", f"{ROLE_ARN} , {PROVIDER_ARN}"),
        f"{PROVIDER_ARN},   {ROLE_ARN}",
    ],
)
def test_pair_listed(value: str) -> None:
    """A pair stands in either order, with blanks around the comma (detail 38, S47)."""
    read(roles(f"{OTHER},{PROVIDER_ARN}", value)).check_role(ROLE_ARN)


@pytest.mark.parametrize("values", [(PAIR, PAIR), (PAIR, f"{PROVIDER_ARN},{ROLE_ARN}")])
def test_pair_twice(values: tuple[str, ...]) -> None:
    """A pair that is there twice, in whichever order, names no role (S47)."""
    found = read(roles(*values, f"{OTHER},{PROVIDER_ARN}"))

    found.check_role(OTHER)
    with pytest.raises(AccessDeniedError):
        found.check_role(ROLE_ARN)


def test_no_roles() -> None:
    """An assertion that names no role lets nobody have one."""
    with pytest.raises(AccessDeniedError):
        read((ROLE, "")).check_role(ROLE_ARN)


@pytest.mark.parametrize("name", ["role", "ROLE", "Role ", "Roles"])
def test_attribute_name(name: str) -> None:
    """The name of an attribute is compared to the character."""
    with pytest.raises(AccessDeniedError):
        read((ROLE, aws_attribute(name, PAIR))).check_role(ROLE_ARN)


@pytest.mark.parametrize("old", [ROLE, SESSION_NAME])
@pytest.mark.parametrize("between", ["", f"{STATEMENT_END}<saml:AttributeStatement>"])
def test_repeated(old: str, between: str) -> None:
    """An attribute is there once, in whichever statement (S48)."""
    assert "attribute_repeated" == change_refusal((old, old + between + old))


def test_repeated_unknown() -> None:
    """So is an attribute that nobody asks for (S48)."""
    twice = attribute("urn:x", "1") + attribute("urn:x", "2")

    assert "attribute_repeated" == change_refusal(added(twice))


def test_encrypted_attribute() -> None:
    """An attribute that cannot be read is not passed over."""
    inner = "<saml:EncryptedAttribute/>"

    assert "element_unexpected" == change_refusal(added(inner))


def test_attribute_with_element() -> None:
    """An attribute has values and nothing else."""
    change = ("</saml:Attribute>", "<saml:Other/></saml:Attribute>")

    assert "element_unexpected" == change_refusal(change)


def test_attribute_without_name() -> None:
    """An attribute has a name."""
    assert "attribute_missing" == change_refusal(added("<saml:Attribute/>"))


@pytest.mark.parametrize("name", ["Role", "RoleSessionName", "SourceIdentity"])
def test_value_with_element(name: str) -> None:
    """A value is plain text (S29)."""
    old = {"Role": ROLE, "RoleSessionName": SESSION_NAME}.get(name, STATEMENT_END)
    new = aws_attribute(name, "<saml:NameID>alice</saml:NameID>")

    end = STATEMENT_END if old == STATEMENT_END else ""
    assert "element_unexpected" == change_refusal((old, new + end))


@pytest.mark.parametrize("change", [(SESSION_NAME, ""), session("")])
def test_session_name_missing(change: Change) -> None:
    """An assertion names its session (S49)."""
    error = refusal(response(change))

    assert isinstance(error, InvalidIdentityTokenError)
    assert "RoleSessionName is required in AuthnResponse" == error.message


@pytest.mark.parametrize("values", [(), ("alice", "bob"), ("alice", "alice")])
def test_session_name_not_single(values: tuple[str, ...]) -> None:
    """An assertion names one session (S48)."""
    assert "attribute_not_single" == change_refusal(session(*values))


@pytest.mark.parametrize(
    "name",
    [
        *("a", "a" * 65, "a/b", "a b", "alice\n", " alice", "s\u00e9ance", "a:b"),
        *("al\u200bice", "a;b", "\u0663\u0663"),
    ],
)
def test_session_name_malformed(name: str) -> None:
    """A session's name is 2 to 64 of the usual characters (S30, S49)."""
    error = refusal(response(session(name)))

    assert isinstance(error, InvalidIdentityTokenError)
    assert "saml_session_name" == error.detail


@pytest.mark.parametrize("name", ["ab", "a" * 64, "A_z0+=,.@-"])
def test_session_name(name: str) -> None:
    """A session's name may have 2 and 64 characters."""
    assert name == read(session(name)).session_name


@pytest.mark.parametrize(
    "value", ["", "a", "a" * 65, "a:b", "aws:x", "a\n", "\u00e9\u00e9"]
)
def test_source_identity_malformed(value: str) -> None:
    """A source identity is 2 to 64 of the usual characters."""
    error = refusal(response(added(aws_attribute("SourceIdentity", value))))

    assert isinstance(error, InvalidIdentityTokenError)
    assert "saml_source_identity" == error.detail


@pytest.mark.parametrize("value", ["ab", "a" * 64])
def test_source_identity(value: str) -> None:
    """A source identity may have 2 and 64 characters."""
    found = read(added(aws_attribute("SourceIdentity", value)))

    assert value == found.source_identity


def test_no_source_identity() -> None:
    """An assertion need not say more than whom it is about."""
    found = read()

    assert (None, None, ()) == (
        found.source_identity,
        found.session_duration,
        found.tags.tags,
    )


@pytest.mark.parametrize(
    "value",
    [
        *(
            "0",
            "-1",
            "-900",
            "899",
            "43201",
            "1000000000000",
            "3600;",
            "3600 ",
            "",
            "x",
        ),
        *(
            "3600.0",
            "+3600",
            "0900",
            "1_000",
            "\u0663\u0666\u0660\u0660",
            "1e4",
            "0x400",
        ),
    ],
)
def test_session_duration_malformed(value: str) -> None:
    """A duration is a whole number of seconds in its range (S51)."""
    error = refusal(response(added(aws_attribute("SessionDuration", value))))

    assert isinstance(error, ValidationError)
    assert "saml_session_duration" == error.detail


@pytest.mark.parametrize("seconds", [900, 43_200])
def test_session_duration(seconds: int) -> None:
    """A duration may be from 15 minutes to 12 hours (S51)."""
    found = read(added(aws_attribute("SessionDuration", str(seconds))))

    assert timedelta(seconds=seconds) == found.session_duration


def test_shortest_limit() -> None:
    """Of what limits a session the shortest counts."""
    end = ' SessionNotOnOrAfter="2999-01-01T00:00:00Z" AuthnInstant'
    duration = added(aws_attribute("SessionDuration", "900"))

    found = read(duration, (" AuthnInstant", end))
    assert found.session_not_on_or_after is not None
    assert timedelta(seconds=900) == found.lifetime_max(
        now=found.session_not_on_or_after - timedelta(hours=1)
    )


def test_tags() -> None:
    """Tags are taken apart as they stand, and are checked where others are (S50)."""
    tags = "".join(
        aws_attribute(f"PrincipalTag:{key}", value)
        for key, value in (("Team", "blue"), ("team", ""), ("aws:x", "y"))
    )
    keys = aws_attribute("TransitiveTagKeys", "Team", "Absent")

    found = read(added(tags + keys)).tags
    assert (("Team", "blue"), ("team", ""), ("aws:x", "y")) == found.tags
    assert ("Team", "Absent") == found.transitive_keys


@pytest.mark.parametrize("values", [(), ("a", "b")])
def test_tag_not_single(values: tuple[str, ...]) -> None:
    """A tag has one value (S50)."""
    change = added(aws_attribute("PrincipalTag:Team", *values))

    assert "attribute_not_single" == change_refusal(change)


def test_prefix_is_exact() -> None:
    """An attribute of another prefix says nothing about the session."""
    change = added(attribute(f"{ATTRIBUTES[:-1]}PrincipalTag:Team", "blue"))

    assert () == read(change).tags.tags
