"""The one entry point for XML: strict text in, plain immutable elements out.

The text is judged before a parser sees it. What makes two readers of one document
disagree is refused there: a document type, an entity, a comment, a processing
instruction, a character-data section, another encoding than UTF-8, another version
than 1.0. Elements hold tag, attributes, text and children and nothing else: no link
to a parent, no node of the parser.

SPEC: attacks S18 to S21, S24 to S29, S58, S60; facts F13 to F15.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from lxml import etree

from daypass.core import saml_limits as limits
from daypass.federation.saml.names import XML_NAMESPACE
from daypass.federation.saml.refusals import SamlRefusedError

_DECLARATION: Final = re.compile(
    r"""<\?xml[ \t\r\n]+version=(?:"1\.0"|'1\.0')"""
    r"""(?:[ \t\r\n]+encoding=(?:"(?i:utf-8)"|'(?i:utf-8)'))?"""
    r"""(?:[ \t\r\n]+standalone=(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>"""
)
_FOREIGN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITY: Final = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)"
)
# NOTE: a "<" stands in a well-formed document only where markup begins, so that
# these find every document type, section, comment and instruction, and nothing else.
_MARKUP: Final = re.compile("<[!?]")
_MARKUP_BUT_COMMENTS: Final = re.compile(r"<\?|<!(?!--)")
# Nothing is resolved against a base, so that a name means the same everywhere.
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+", re.ASCII)
_BLANKS: Final = " \t\r\n"
_LANGUAGE: Final = f"{{{XML_NAMESPACE}}}lang"
_XML_PREFIX: Final = f"{{{XML_NAMESPACE}}}"


class _Node(Protocol):
    """What is read of a node of the parser, which has no types of its own."""

    tag: str
    text: str | None
    tail: str | None
    attrib: Mapping[str, str]
    nsmap: Mapping[str | None, str]

    def __iter__(self) -> Iterator[_Node]:
        """Yields the children."""
        ...


@dataclass(frozen=True, slots=True)
class XmlBounds:
    """How large a document may be.

    Attributes:
        bytes_max: its size.
        nodes_max: its elements.
        comments: whether it may hold comments, which are then dropped.
    """

    bytes_max: int
    nodes_max: int
    comments: bool = False


RESPONSE_BOUNDS: Final = XmlBounds(
    limits.SAML_RESPONSE_BYTES_MAX, limits.SAML_RESPONSE_NODES_MAX
)
# NOTE: metadata comes from the operator, and products publish it with comments.
METADATA_BOUNDS: Final = XmlBounds(
    limits.SAML_METADATA_BYTES_MAX, limits.SAML_METADATA_NODES_MAX, comments=True
)


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


def strict_parser(*, comments: bool = False) -> etree.XMLParser:
    """Returns a parser that fetches nothing, resolves nothing and mends nothing.

    Args:
        comments: drop comments instead of keeping them.
    """
    return etree.XMLParser(
        encoding="utf-8",
        attribute_defaults=False,
        dtd_validation=False,
        load_dtd=False,
        no_network=True,
        ns_clean=False,
        recover=False,
        remove_blank_text=False,
        huge_tree=False,
        remove_comments=comments,
        remove_pis=False,
        strip_cdata=False,
        collect_ids=False,
        resolve_entities=False,
    )


def parse(octets: bytes, bounds: XmlBounds) -> XmlElement:
    """Parses a document.

    Raises:
        SamlRefusedError: it is not a well-formed XML 1.0 document in UTF-8 within
            the bounds, or holds what may not stand in one.
    """
    if len(octets) > bounds.bytes_max:
        raise SamlRefusedError("xml_too_large")
    _check_text(octets, bounds)
    try:
        root = etree.fromstring(octets, parser=strict_parser(comments=bounds.comments))
    except etree.XMLSyntaxError as exc:
        raise SamlRefusedError("xml_not_well_formed") from exc
    return _Reader(bounds).read(root, depth=1)


def _check_text(octets: bytes, bounds: XmlBounds) -> None:
    try:
        text = octets.decode("utf-8", errors="strict")
    except UnicodeDecodeError as exc:
        raise SamlRefusedError("xml_not_utf8") from exc
    # A byte order mark is refused here as well.
    if not text.startswith("<") or _FOREIGN.search(text):
        raise SamlRefusedError("xml_characters")
    # Each element has at most two tags; this is before any of them costs memory.
    if text.count("<") > 2 * bounds.nodes_max:
        raise SamlRefusedError("xml_too_large")
    declaration = _DECLARATION.match(text)
    start = declaration.end() if declaration else 0
    markup = _MARKUP_BUT_COMMENTS if bounds.comments else _MARKUP
    if markup.search(text, start) or _ENTITY.search(text, start):
        raise SamlRefusedError("xml_markup_forbidden")


class _Reader:
    """Turns the parser's nodes into elements, and counts them."""

    def __init__(self, bounds: XmlBounds) -> None:
        self._nodes_left = bounds.nodes_max

    def read(self, node: _Node, *, depth: int) -> XmlElement:
        self._nodes_left -= 1
        if depth > limits.XML_DEPTH_MAX or self._nodes_left < 0:
            raise SamlRefusedError("xml_too_large")
        _check_namespaces(node)
        children = tuple(self.read(child, depth=depth + 1) for child in node)
        text = node.text or ""
        if children:
            # Text beside elements has no meaning in SAML, and several readings.
            blank = text + "".join(child.tail or "" for child in node)
            if blank.strip(_BLANKS):
                raise SamlRefusedError("xml_mixed_content")
            text = ""
        return XmlElement(node.tag, _attributes(node), text, children)


def _check_namespaces(node: _Node) -> None:
    # NOTE: a document is read from its root, so the first node that is over the
    # bound ends the reading and the cost of all others stays within it.
    uris = node.nsmap.values()
    if len(uris) > limits.XML_NAMESPACES_MAX:
        raise SamlRefusedError("xml_too_large")
    if not all(_ABSOLUTE.fullmatch(uri) for uri in uris):
        raise SamlRefusedError("xml_namespace_relative")


def _attributes(node: _Node) -> Mapping[str, str]:
    if len(node.attrib) > limits.XML_ATTRIBUTES_MAX:
        raise SamlRefusedError("xml_too_large")
    found = {str(name): str(value) for name, value in node.attrib.items()}
    if any(name.startswith(_XML_PREFIX) and name != _LANGUAGE for name in found):
        raise SamlRefusedError("xml_attribute_reserved")
    return MappingProxyType(found)
