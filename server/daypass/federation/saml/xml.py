"""The one entry point for XML: strict octets in, plain immutable elements out.

`load` parses and `read` takes in what was parsed, so that what a forged document
gives away by itself can be asked for in between. Elements hold tag, attributes, text
and children and nothing else: no link to a parent, no node of the parser.

SPEC: attacks S13, S18, S20, S26, S58, S60; facts F13 to F15.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from lxml import etree

from daypass.core import saml_limits as limits
from daypass.federation.saml.names import XML_NAMESPACE
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.xml_text import XmlBounds, check_octets

# Nothing is resolved against a base, so that a name means the same everywhere.
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+", re.ASCII)
_BLANKS: Final = " \t\r\n"
_LANGUAGE: Final = f"{{{XML_NAMESPACE}}}lang"
_XML_PREFIX: Final = f"{{{XML_NAMESPACE}}}"
_NO_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class XmlDocument:
    """A well-formed document of which nothing has been read.

    Only `load` makes one.

    Attributes:
        octets: what was parsed.
        root: the parser's node of the root, which has no types.
    """

    octets: bytes
    root: etree._Element


@dataclass(frozen=True, slots=True)
class XmlElement:
    """An element, with everything that it says.

    Attributes:
        tag: `{namespace}name`.
        attributes: by name, in the same notation.
        text: its text; empty where it has children.
        children: the elements in it.
    """

    tag: str
    attributes: Mapping[str, str]
    text: str
    children: tuple[XmlElement, ...]

    def walk(self) -> Iterator[XmlElement]:
        """Yields this element and all below it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()

    def all(self, tag: str) -> tuple[XmlElement, ...]:
        """Returns the children of a tag."""
        return tuple(child for child in self.children if child.tag == tag)

    def optional(self, tag: str) -> XmlElement | None:
        """Returns the one child of a tag, or None where there is none.

        Raises:
            SamlRefusedError: there are several.
        """
        found = self.all(tag)
        if len(found) > 1:
            raise SamlRefusedError("element_repeated")
        return found[0] if found else None

    def one(self, tag: str) -> XmlElement:
        """Returns the one child of a tag.

        Raises:
            SamlRefusedError: there is none, or there are several.
        """
        found = self.optional(tag)
        if found is None:
            raise SamlRefusedError("element_missing")
        return found

    def attribute(self, name: str) -> str:
        """Returns an attribute that must be there.

        Raises:
            SamlRefusedError: it is not.
        """
        value = self.attributes.get(name)
        if value is None:
            raise SamlRefusedError("attribute_missing")
        return value

    def check_children(self, allowed: frozenset[str]) -> None:
        """Returns when every child has one of these tags.

        Raises:
            SamlRefusedError: one has not.
        """
        if not {child.tag for child in self.children} <= allowed:
            raise SamlRefusedError("element_unexpected")

    def plain_text(self) -> str:
        """Returns the text of an element that must hold nothing else.

        Raises:
            SamlRefusedError: there are elements in it.
        """
        self.check_children(frozenset())
        return self.text


def parser_options(*, comments: bool = False) -> dict[str, bool | str]:
    """Returns what makes a parser fetch, resolve and mend nothing.

    Args:
        comments: drop comments instead of keeping them.
    """
    return {
        "encoding": "utf-8",
        "attribute_defaults": False,
        "dtd_validation": False,
        "load_dtd": False,
        "no_network": True,
        "ns_clean": False,
        "recover": False,
        "remove_blank_text": False,
        "huge_tree": False,
        "remove_comments": comments,
        "remove_pis": False,
        "strip_cdata": False,
        "collect_ids": False,
        "resolve_entities": False,
    }


def load(octets: bytes, bounds: XmlBounds) -> XmlDocument:
    """Parses a document and reads nothing of it.

    Raises:
        SamlRefusedError: it is not a well-formed XML 1.0 document in UTF-8 within
            the bounds, or holds what may not stand in one.
    """
    check_octets(octets, bounds)
    # The parser itself says which namespaces are declared, wherever that is.
    parser = etree.XMLPullParser(
        events=("start-ns",), **parser_options(comments=bounds.comments)
    )
    try:
        parser.feed(octets)
        root = parser.close()
    except etree.XMLSyntaxError as exc:
        raise SamlRefusedError("xml_not_well_formed") from exc
    for _, (_, uri) in parser.read_events():
        if not _ABSOLUTE.fullmatch(uri):
            raise SamlRefusedError("xml_namespace_relative")
    if int(root.xpath("count(//*)")) > bounds.nodes_max:
        raise SamlRefusedError("xml_too_large")
    return XmlDocument(octets, root)


def read(node: etree._Element, *, depth: int = 1) -> XmlElement:
    """Reads an element of a document that was loaded, and all that is in it.

    Raises:
        SamlRefusedError: it is nested too deep, has too many attributes or reserved
            ones, or has text beside elements.
    """
    if depth > limits.XML_DEPTH_MAX:
        raise SamlRefusedError("xml_too_large")
    children = tuple(read(child, depth=depth + 1) for child in node)
    text = node.text or ""
    if children:
        # Text beside elements has no meaning in SAML, and several readings.
        blank = text + "".join(child.tail or "" for child in node)
        if blank.strip(_BLANKS):
            raise SamlRefusedError("xml_mixed_content")
        text = ""
    return XmlElement(node.tag, _attributes(node.items()), text, children)


def parse(octets: bytes, bounds: XmlBounds) -> XmlElement:
    """Loads a document and reads all of it.

    Raises:
        SamlRefusedError: as `load` and `read` do.
    """
    return read(load(octets, bounds).root)


def _attributes(found: list[tuple[str, str]]) -> Mapping[str, str]:
    if not found:
        return _NO_ATTRIBUTES
    if len(found) > limits.XML_ATTRIBUTES_MAX:
        raise SamlRefusedError("xml_too_large")
    for name, _ in found:
        if name.startswith(_XML_PREFIX) and name != _LANGUAGE:
            raise SamlRefusedError("xml_attribute_reserved")
    return MappingProxyType(dict(found))
