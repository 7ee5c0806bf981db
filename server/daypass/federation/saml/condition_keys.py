"""The condition keys that attributes become, and those of every assertion.

Attributes are known by the names that products give them: the object identifiers of
X.500 and eduPerson, and the claim types of Active Directory.

SPEC: policy-language 6.5; sts-operations 1.2.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from daypass.federation.saml.attributes import Attributes
from daypass.federation.saml.refusals import SamlRefusedError

_PERSON: Final = "urn:oid:1.3.6.1.4.1.5923.1.1.1."
_ORGANIZATION: Final = "urn:oid:1.3.6.1.4.1.5923.1.2.1."
_X500: Final = "urn:oid:2.5.4."
_PILOT: Final = "urn:oid:0.9.2342.19200300.100.1."
_CLAIMS: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_NAMES: Final = {
    f"{_PERSON}1": "edupersonaffiliation",
    f"{_PERSON}2": "edupersonnickname",
    f"{_PERSON}3": "edupersonorgdn",
    f"{_PERSON}4": "edupersonorgunitdn",
    f"{_PERSON}5": "edupersonprimaryaffiliation",
    f"{_PERSON}6": "edupersonprincipalname",
    f"{_PERSON}7": "edupersonentitlement",
    f"{_PERSON}8": "edupersonprimaryorgunitdn",
    f"{_PERSON}9": "edupersonscopedaffiliation",
    f"{_PERSON}10": "edupersontargetedid",
    f"{_PERSON}11": "edupersonassurance",
    f"{_ORGANIZATION}2": "eduorghomepageuri",
    f"{_ORGANIZATION}3": "eduorgidentityauthnpolicyuri",
    f"{_ORGANIZATION}4": "eduorglegalname",
    f"{_ORGANIZATION}5": "eduorgsuperioruri",
    f"{_ORGANIZATION}6": "eduorgwhitepagesuri",
    f"{_X500}3": "cn",
    f"{_X500}4": "surname",
    f"{_X500}41": "name",
    f"{_X500}42": "givenName",
    f"{_X500}45": "x500UniqueIdentifier",
    f"{_PILOT}1": "uid",
    f"{_PILOT}3": "mail",
    f"{_PILOT}45": "organizationStatus",
    f"{_CLAIMS}name": "name",
    f"{_CLAIMS}givenname": "givenName",
    f"{_CLAIMS}surname": "surname",
    f"{_CLAIMS}emailaddress": "mail",
    "http://schemas.xmlsoap.org/claims/CommonName": "commonName",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": (
        "primaryGroupSID"
    ),
}
_SINGLE: Final = frozenset(
    {
        "edupersonorgdn",
        "edupersonprimaryaffiliation",
        "edupersonprimaryorgunitdn",
        "edupersonprincipalname",
    }
)


def attribute_keys(attributes: Attributes) -> dict[str, tuple[str, ...]]:
    """Returns the keys that come of attributes, each with its values.

    Raises:
        SamlRefusedError: a key that has one value would have several.
    """
    found = attributes.named_values(_NAMES)
    if any(len(values) > 1 for name, values in found.items() if name in _SINGLE):
        raise SamlRefusedError("attribute_not_single")
    return {f"saml:{name}": values for name, values in found.items()}


def name_qualifier(*, issuer: str, account_id: str, provider_name: str) -> str:
    """Returns what makes the subjects of one provider in one account distinct."""
    text = f"{issuer}{account_id}/{provider_name}"
    # SHA-1 is what the format says; who could make two providers collide is trusted
    # with both.
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")
