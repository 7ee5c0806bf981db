"""The one entry point for XML: what is refused before a parser, and by one."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.xml_text import (
    METADATA_BOUNDS,
    RESPONSE_BOUNDS,
    XmlBounds,
)
from support.saml_xml import little_memory, reason, root

DOCTYPES = {
    "empty": "<!DOCTYPE a>",
    "attlist": '<!DOCTYPE a [<!ATTLIST a ID CDATA "forged">]>',
    "entity": '<!DOCTYPE a [<!ENTITY e "x">]>',
    "parameter": "<!DOCTYPE a [<!ENTITY % e \"<!ENTITY f 'x'>\">%e;]>",
    "external": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
    "public": '<!DOCTYPE a PUBLIC "-//x" "http://127.0.0.1:9/a.dtd">',
    "lower": "<!doctype a>",
}
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-7")
BOMB = "<!DOCTYPE a [" + "".join(
    f'<!ENTITY e{n + 1} "' + f"&e{n};" * 10 + '">' for n in range(10)
)


@pytest.mark.parametrize("bounds", [RESPONSE_BOUNDS, METADATA_BOUNDS])
@pytest.mark.parametrize("name", DOCTYPES)
def test_document_types(name: str, bounds: XmlBounds) -> None:
    """Any document type is refused, whatever it declares (S21, S22, S24, S61)."""
    assert "xml_markup_forbidden" == reason(f"{DOCTYPES[name]}<a/>", bounds)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_document_types_encoded(encoding: str) -> None:
    """A document type in another encoding does not reach the parser (S19, S21)."""
    text = f'<?xml version="1.0" encoding="{encoding}"?>{DOCTYPES["attlist"]}<a/>'

    assert reason(text.encode(encoding)) in {
        *("xml_not_utf8", "xml_characters", "xml_markup_forbidden")
    }


def test_entity_bomb() -> None:
    """A bomb of entities is refused before it is lit, for little memory (S25)."""
    with little_memory(64 * 1024):
        assert "xml_markup_forbidden" == reason(f"{BOMB}]><a>&e10;</a>")


def test_quadratic_blow_up() -> None:
    """One long entity that is used often is no better (S25)."""
    entity = f'<!DOCTYPE a [<!ENTITY e "{"x" * 30_000}">]>'

    with little_memory(256 * 1024):
        assert "xml_markup_forbidden" == reason(f"{entity}<a>{'&e;' * 10_000}</a>")


def test_entity_fetches_nothing(tmp_path: Path) -> None:
    """An external entity reads no file and opens no connection (S24)."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        port = server.getsockname()[1]
        for uri in (secret.as_uri(), f"http://127.0.0.1:{port}/"):
            text = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{uri}">]><a>&e;</a>'
            assert "xml_markup_forbidden" == reason(text)

        with pytest.raises(BlockingIOError):
            server.accept()


def test_inclusion_is_an_element(tmp_path: Path) -> None:
    """An inclusion is an element like others: nothing is included (S26)."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    namespace = "http://www.w3.org/2001/XInclude"

    found = root(f'<a xmlns:i="{namespace}"><i:include href="{secret.as_uri()}"/></a>')
    assert f"{{{namespace}}}include" == found.children[0].tag


@pytest.mark.parametrize("entity", ["&x;", "&xxe;", "&#x1234567;", "&", "&#;", "&lt"])
def test_unknown_entities(entity: str) -> None:
    """A reference that no document could define is refused (S22, S29)."""
    assert "xml_markup_forbidden" == reason(f"<a>{entity}</a>")


@pytest.mark.parametrize(
    "entity", ["&#0;", "&#x1F;", "&#xD800;", "&#xFFFE;", "&#x110000;"]
)
def test_characters_by_reference(entity: str) -> None:
    """A reference to what is no character is refused."""
    assert "xml_not_well_formed" == reason(f"<a>{entity}</a>")


def test_known_entities() -> None:
    """The five entities of XML and references to characters are read."""
    assert "&<>\"'A\u00e4" == root("<a>&amp;&lt;&gt;&quot;&apos;&#65;&#xE4;</a>").text


@pytest.mark.parametrize("inner", ["<!---->", "<!-- x -->", "<?p x?>", "<![CDATA[x]]>"])
def test_nodes_that_split_text(inner: str) -> None:
    """A comment, instruction or section is refused wherever it is (S16, S28, S29)."""
    assert "xml_markup_forbidden" == reason(f"<a>admin@x.com{inner}.evil.com</a>")


@pytest.mark.parametrize("inner", ["<?p x?>", "<![CDATA[x]]>", "<!ENTITY>"])
def test_metadata_drops_comments_only(inner: str) -> None:
    """Metadata may hold comments and nothing else of that kind."""
    assert "xml_markup_forbidden" == reason(f"<a>{inner}</a>", METADATA_BOUNDS)


def test_metadata_comments() -> None:
    """A comment in metadata leaves no gap in a text."""
    assert "ab" == root("<a>a<!-- x -->b</a>", METADATA_BOUNDS).text


@pytest.mark.parametrize(
    "declaration",
    [
        *('<?xml version="1.1"?>', '<?xml version="1.0" encoding="latin-1"?>'),
        *('<?xml version="1.0" encoding="utf-7"?>', "<?xml?>", "<?XML version='1.0'?>"),
        *('<?xml version="1.0" standalone="x"?>', '<?xml encoding="utf-8"?>'),
        '<?xml version="1.0"?><?xml version="1.0"?>',
    ],
)
def test_declarations_refused(declaration: str) -> None:
    """A declaration says XML 1.0 in UTF-8, once, or nothing (S58)."""
    assert "xml_markup_forbidden" == reason(f"{declaration}<a/>")


@pytest.mark.parametrize(
    "declaration",
    [
        *("", "<?xml version='1.0'?>", '<?xml version="1.0" encoding="utf-8" ?>\n'),
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>',
    ],
)
def test_declarations_taken(declaration: str) -> None:
    """The usual declarations are taken."""
    assert "a" == root(f"{declaration}<a/>").tag


@pytest.mark.parametrize("text", ["\ufeff<a/>", " <a/>", "\n<a/>", "x<a/>", "", "a"])
def test_beginning(text: str) -> None:
    """A document begins with its first tag; a byte order mark is none (S58)."""
    assert "xml_characters" == reason(text)


@pytest.mark.parametrize("end", ["<b/>", "x", "\x00", "&amp;", "<a>"])
def test_trailing(end: str) -> None:
    """Behind the root there is nothing (S58)."""
    assert reason(f"<a/>{end}") in {"xml_not_well_formed", "xml_characters"}


def test_trailing_line() -> None:
    """An empty line at the end is no content."""
    assert "a" == root("<a/>\r\n").tag


@pytest.mark.parametrize(
    "character", ["\x00", "\x01", "\x0b", "\x1f", "\ufffe", "\uffff"]
)
def test_foreign_characters(character: str) -> None:
    """What is no character of XML is refused."""
    assert "xml_characters" == reason(f"<a>{character}</a>")


@pytest.mark.parametrize(
    "octets", [b"<a>\xff</a>", b"<a>\xc0\xbc</a>", b"<a>\xed\xa0\x80</a>"]
)
def test_not_utf8(octets: bytes) -> None:
    """What is not UTF-8, overlong forms included, is refused (S58)."""
    assert "xml_not_utf8" == reason(octets)


@pytest.mark.parametrize("uri", ["rel", "./a", "../a", "#a", ""])
def test_relative_namespaces(uri: str) -> None:
    """A namespace is an absolute URI, so that canonicalization never fails (S18)."""
    text = f'<x:a xmlns:x="urn:x"><b xmlns="{uri}"/></x:a>'

    assert "xml_namespace_relative" == reason(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "<x:a/>",
            '<a x:b="1"/>',
            '<a xmlns:xmlns="urn:x"/>',
            '<a xmlns:xml="urn:x"/>',
        ),
        *('<a xmlns:x=""/>', '<a b="1" b="2"/>', "<a", "<a></b>", "<a>]]></a>"),
        '<a xmlns:p="urn:a" xmlns:q="urn:a" p:i="1" q:i="2"/>',
        *('<a xmlns="1:a"/>', '<a xmlns="a b:c"/>'),
    ],
)
def test_not_well_formed(text: str) -> None:
    """What is not well-formed, namespaces included, is refused (S20)."""
    assert "xml_not_well_formed" == reason(text)


@pytest.mark.parametrize(
    "name", ["xml:xmlns", "xml:id", "xml:base", "xml:space", "xml:x"]
)
def test_reserved_attributes(name: str) -> None:
    """Attributes of XML itself are refused (S13, S20)."""
    assert "xml_attribute_reserved" == reason(f'<a {name}="urn:x"/>')


def test_language() -> None:
    """The language of an element may be said, as metadata does."""
    namespace = "{http://www.w3.org/XML/1998/namespace}"

    assert "en" == root('<a xml:lang="en"/>').attributes[f"{namespace}lang"]


@pytest.mark.parametrize(
    "text", ["<a>x<b/></a>", "<a><b/>x</a>", "<a><b/>\u00a0<c/></a>"]
)
def test_mixed_content(text: str) -> None:
    """Text beside elements is refused."""
    assert "xml_mixed_content" == reason(text)


def test_indented_content() -> None:
    """Blanks between elements are not kept."""
    found = root("<a>\n\t<b/> \r\n</a>")

    assert ("", 1) == (found.text, len(found.children))


def test_attributes_are_frozen() -> None:
    """What was read is not changed any more."""
    with pytest.raises(TypeError):
        root('<a b="1"/>').attributes["b"] = "2"  # type: ignore[index]


def test_one_of_several() -> None:
    """The one child of a tag is not the first of two."""
    with pytest.raises(SamlRefusedError, match="element_repeated"):
        root("<a><b/><b/></a>").one("b")


def test_one_of_none() -> None:
    """The one child of a tag must be there."""
    with pytest.raises(SamlRefusedError, match="element_missing"):
        root("<a/>").one("b")


def test_attribute_missing() -> None:
    """An attribute that must be there is."""
    with pytest.raises(SamlRefusedError, match="attribute_missing"):
        root("<a/>").attribute("b")


def test_text_with_elements() -> None:
    """An element whose text is asked for has no children."""
    with pytest.raises(SamlRefusedError, match="element_unexpected"):
        root("<a><b/></a>").plain_text()


@given(st.binary(max_size=200))
def test_any_octets(octets: bytes) -> None:
    """Octets are parsed or refused, and nothing else happens."""
    with suppress(SamlRefusedError):
        root(octets)


@given(
    st.text(
        st.sampled_from("<>/=\"'&;!?[]- \n") | st.sampled_from("abx:#1\u00e4\x00"),
        max_size=60,
    )
)
def test_parsed_means_canonical(text: str) -> None:
    """What is parsed reads the same from its canonical octets (S18, S20)."""
    try:
        found = root(text)
    except SamlRefusedError:
        return
    octets = etree.tostring(etree.fromstring(text.encode()), method="c14n")

    assert found == root(octets)
