"""The one entry point for XML: how large a document may be (S60)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from daypass.core import saml_limits as limits
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.xml import load
from daypass.federation.saml.xml_text import RESPONSE_BOUNDS
from support.saml_xml import little_memory, reason, root


def _nested(depth: int) -> str:
    return "<a>" * depth + "</a>" * depth


def test_too_deep() -> None:
    """Elements are nested at most fifty deep (S60)."""
    assert "xml_too_large" == reason(_nested(limits.XML_DEPTH_MAX + 1))


def test_deepest() -> None:
    """Fifty elements may be nested."""
    assert "a" == root(_nested(limits.XML_DEPTH_MAX)).tag


def test_far_too_deep() -> None:
    """No depth ends the stack (S60)."""
    assert reason(_nested(3_900)) in {"xml_not_well_formed", "xml_too_large"}


@pytest.mark.parametrize("element", ["<b/>", "<b></b>"])
def test_too_many_nodes(element: str) -> None:
    """A response has at most so many elements (S60)."""
    text = f"<a>{element * limits.SAML_RESPONSE_NODES_MAX}</a>"

    assert "xml_too_large" == reason(text)


def test_most_nodes() -> None:
    """A response may have as many elements as that."""
    found = root(f"<a>{'<b/>' * (limits.SAML_RESPONSE_NODES_MAX - 1)}</a>")

    assert limits.SAML_RESPONSE_NODES_MAX == len(list(found.walk()))


def _with_attributes(count: int) -> str:
    return "<a " + " ".join(f'a{n}=""' for n in range(count)) + "/>"


def test_too_many_attributes() -> None:
    """An element has at most so many attributes (S60)."""
    assert "xml_too_large" == reason(_with_attributes(limits.XML_ATTRIBUTES_MAX + 1))


def test_most_attributes() -> None:
    """An element may have as many attributes as that."""
    found = root(_with_attributes(limits.XML_ATTRIBUTES_MAX))

    assert limits.XML_ATTRIBUTES_MAX == len(found.attributes)


def _marks(count: int) -> str:
    """Returns a document with so many attributes, few at each."""
    element = '<b c="" d="" e=""/>'
    single = '<b c=""/>'
    whole, rest = divmod(count, 3)
    return f"<a>{element * whole}{single * rest}</a>"


def test_too_many_marks() -> None:
    """All elements together have at most so many attributes and declarations (S60)."""
    most = limits.SAML_RESPONSE_NODES_MAX * limits.XML_MARKS_PER_NODE

    assert "xml_too_large" == reason(_marks(most + 1))


def test_most_marks() -> None:
    """All elements together may have as many as that."""
    most = limits.SAML_RESPONSE_NODES_MAX * limits.XML_MARKS_PER_NODE

    assert "a" == root(_marks(most)).tag


def _with_declarations(count: int) -> str:
    element = '<b xmlns:c="urn:x"/>'
    return f"<a>{element * count}</a>"


def test_too_many_declarations() -> None:
    """All elements together declare at most so many namespaces (S60)."""
    text = _with_declarations(limits.XML_DECLARATIONS_MAX + 1)

    assert "xml_too_large" == reason(text)


def test_most_declarations() -> None:
    """All elements together may declare as many as that."""
    assert "a" == root(_with_declarations(limits.XML_DECLARATIONS_MAX)).tag


def test_too_many_bytes() -> None:
    """A document over its size is refused unread."""
    assert "xml_too_large" == reason(b"<" * (limits.SAML_RESPONSE_BYTES_MAX + 1))


def test_most_bytes() -> None:
    """A document of exactly its size is read."""
    padding = "x" * (limits.SAML_RESPONSE_BYTES_MAX - len("<a></a>"))

    assert padding == root(f"<a>{padding}</a>").text


@pytest.mark.parametrize(
    "text",
    [
        "<a " + " ".join(f'a{n}=""' for n in range(7_000)) + "/>",
        "<a " + " ".join(f'xmlns:a{n}="urn:{n}"' for n in range(3_000)) + "/>",
        f"<a {'x' * 70_000}",
        "<a>" + "<" * 70_000,
        "<a>" + "&amp;" * 14_000 + "</a>",
        "<a>" + "\U0001f600" * 18_000 + "</a>",
    ],
    ids=["attributes", "namespaces", "name", "tags", "entities", "wide"],
)
def test_large_input_is_cheap(text: str) -> None:
    """What fits into a parameter is parsed within 256 KiB, whatever it is (S60)."""
    octets = text.encode()

    with little_memory(256 * 1024), suppress(SamlRefusedError):
        load(octets, RESPONSE_BOUNDS)
