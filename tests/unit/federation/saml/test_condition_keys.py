"""The condition keys of an assertion (policy-language 6.5; details 36 and 37)."""

from __future__ import annotations

import pytest
from saml2.attributemaps import saml_uri

from daypass.core import saml_limits as limits
from daypass.federation.saml.condition_keys import _NAMES, name_qualifier
from support.saml_idp import (
    ACCOUNT,
    ENTITY,
    RECIPIENT,
    ROLE,
    Change,
    attribute,
)
from support.saml_refusal import change_refusal, read

AFFILIATION = "urn:oid:1.3.6.1.4.1.5923.1.1.1.1"
PRINCIPAL_NAME = "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"
COMMON_NAME = "urn:oid:2.5.4.3"
# What the specification names, apart from the plural ones of eduPerson and eduOrg.
LISTED = {
    *("cn", "commonName", "name", "mail", "uid", "surname", "givenName"),
    *("organizationStatus", "x500UniqueIdentifier", "primaryGroupSID"),
}
SINGLE = {
    *("edupersonorgdn", "edupersonprimaryaffiliation", "edupersonprimaryorgunitdn"),
    "edupersonprincipalname",
}


def added(*attributes: str) -> Change:
    """Returns a change that adds attributes."""
    return (ROLE, ROLE + "".join(attributes))


def test_keys_of_every_assertion() -> None:
    """A trust policy sees who is meant, by whom, for whom, and of which provider."""
    qualifier = name_qualifier(
        issuer=ENTITY, account_id=ACCOUNT, provider_name="CorpIdP"
    )

    assert {
        "saml:aud": (RECIPIENT,),
        "saml:iss": (ENTITY,),
        "saml:doc": (f"{ACCOUNT}/CorpIdP",),
        "saml:sub": ("alice@corp.example",),
        "saml:sub_type": ("persistent",),
        "saml:namequalifier": (qualifier,),
    } == read().condition_keys()


def test_keys_of_session() -> None:
    """Later requests see the subject, its type and its qualifier and no more."""
    keys = read(added(attribute(AFFILIATION, "staff"))).session_condition_keys()

    assert {"saml:sub", "saml:sub_type", "saml:namequalifier"} == keys.keys()


def test_name_qualifier() -> None:
    """The qualifier is that of the published example (detail 36)."""
    found = name_qualifier(
        issuer="https://example.com/saml",
        account_id="123456789012",
        provider_name="MySAMLIdP",
    )

    assert "1uAJanUnBc2XeUkHURMht+xam2c=" == found


def test_named_keys() -> None:
    """There are the keys that the specification names, and no others."""
    others = {
        name
        for name in _NAMES.values()
        if not name.startswith(("eduperson", "eduorg")) or name in SINGLE
    }

    assert LISTED | SINGLE == others


def test_object_identifiers() -> None:
    """An object identifier means what another implementation takes it for."""
    known = {name.casefold() for name in saml_uri.MAP["to"]}
    theirs = {
        uri: name.casefold()
        for uri, name in saml_uri.MAP["fro"].items()
        if uri in _NAMES
    }
    ours = {uri: _NAMES[uri].casefold() for uri in theirs}
    # The same attribute has two names in the directory standard.
    ours = {uri: {"surname": "sn"}.get(name, name) for uri, name in ours.items()}

    assert known
    assert len(theirs) > 15
    assert ours == theirs


def test_list_key() -> None:
    """An attribute with several values is a key with several."""
    keys = read(added(attribute(AFFILIATION, "staff", "member"))).condition_keys()

    assert ("staff", "member") == keys["saml:edupersonaffiliation"]


def test_two_attributes_of_one_key() -> None:
    """Attributes that mean the same make one key."""
    claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
    mail = attribute("urn:oid:0.9.2342.19200300.100.1.3", "a@x.example")

    keys = read(added(mail, attribute(claim, "b@x.example"))).condition_keys()
    assert ("a@x.example", "b@x.example") == keys["saml:mail"]


def test_single_key() -> None:
    """A key that has one value has it as text."""
    keys = read(added(attribute(PRINCIPAL_NAME, "alice@x.example"))).condition_keys()

    assert ("alice@x.example",) == keys["saml:edupersonprincipalname"]


def test_single_key_with_several() -> None:
    """A key that has one value is not given several."""
    change = added(attribute(PRINCIPAL_NAME, "alice", "bob"))

    assert "attribute_not_single" == change_refusal(change)


def test_attribute_without_values() -> None:
    """An attribute that says nothing is no key."""
    keys = read(added(attribute(COMMON_NAME))).condition_keys()

    assert "saml:cn" not in keys


@pytest.mark.parametrize(
    "values",
    [
        ["x"] * (limits.SAML_ATTRIBUTE_VALUES_MAX + 1),
        ["x" * (limits.SAML_ATTRIBUTE_CHARACTERS_MAX + 1)],
    ],
)
def test_too_large(values: list[str]) -> None:
    """A key has a bounded number of bounded values."""
    change = added(attribute(COMMON_NAME, *values))

    assert "attribute_too_large" == change_refusal(change)


@pytest.mark.parametrize(
    "values",
    [
        ["x"] * limits.SAML_ATTRIBUTE_VALUES_MAX,
        ["x" * limits.SAML_ATTRIBUTE_CHARACTERS_MAX],
    ],
)
def test_largest(values: list[str]) -> None:
    """A key may have as many, and as long ones, as that."""
    keys = read(added(attribute(COMMON_NAME, *values))).condition_keys()

    assert tuple(values) == keys["saml:cn"]
