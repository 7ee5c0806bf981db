"""Answers in XML and JSON, and that no text becomes an element of either."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from daypass.core.secret import Secret
from daypass.gateway.render import Format, Tree, accepted_format, render

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TREE: Tree = {
    "R": {
        "Text": "a<b>&\"']]>",
        "Number": 6,
        "Absent": None,
        "Time": MOMENT,
        "Secret": Secret("s3cret/+="),
        "Account": "029608264753",
        "Empty": {},
    }
}
FORGERY = (
    "</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>"
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>root"
)


def _xml(body: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(body, parser)


def test_xml_of_tree() -> None:
    """Elements come in order, absent ones not at all, and text is escaped."""
    body = render("Answer", TREE, Format.XML)

    root = _xml(body.content)
    names = [etree.QName(element).localname for element in root[0]]
    texts = {etree.QName(each).localname: each.text for each in root[0]}
    assert "text/xml" == body.media_type
    assert ["Text", "Number", "Time", "Secret", "Account", "Empty"] == names
    assert "a<b>&\"']]>" == texts["Text"]
    assert "2026-01-02T03:04:05Z" == texts["Time"]
    assert ("6", "s3cret/+=") == (texts["Number"], texts["Secret"])
    assert "https://sts.amazonaws.com/doc/2011-06-15/" == etree.QName(root).namespace


def test_detail_12_json_of_tree() -> None:
    """JSON has the same tree, with times as seconds and numbers as numbers."""
    body = render("Answer", TREE, Format.JSON)

    found = json.loads(body.content)["Answer"]["R"]
    assert "application/json" == body.media_type
    assert int(MOMENT.timestamp()) == found["Time"]
    assert 6 == found["Number"]
    assert {} == found["Empty"]
    assert "Absent" not in found


@pytest.mark.parametrize("form", Format)
def test_detail_45_account_is_text(form: Format) -> None:
    """An account keeps its leading zero, and is a text in JSON."""
    body = render("Answer", TREE, form).content

    assert b"029608264753" in body
    if form is Format.JSON:
        assert "029608264753" == json.loads(body)["Answer"]["R"]["Account"]


def test_detail_47_json_text_is_text() -> None:
    """A text that is JSON stays a text, escaped and not nested."""
    body = render("Answer", {"DecodedMessage": '{"a":"<b>"}'}, Format.XML).content

    assert b"&lt;b&gt;" in body
    assert '{"a":"<b>"}' == _xml(body)[0].text


@pytest.mark.parametrize("control", ["\x00", "\x0b", "\x1f", "\ud800", "\uffff", "\r"])
def test_v22_control_characters(control: str) -> None:
    """What XML cannot hold is replaced, and what it would change is escaped."""
    body = render("Answer", {"Text": f"a{control}b"}, Format.XML).content

    expected = "a\rb" if control == "\r" else "a\ufffdb"
    assert expected == _xml(body)[0].text


@given(st.text())
def test_v22_any_text_is_read_back(text: str) -> None:
    """Any text is one text to a parser, in either format, and never an element."""
    tree = {"Text": text}

    root = _xml(render("Answer", tree, Format.XML).content)
    assert [] == list(root[0])
    assert len(text) == len(root[0].text or "")
    assert text == json.loads(render("A", tree, Format.JSON).content)["A"]["Text"]


@given(st.text(), st.text(), st.sampled_from(Format))
def test_v23_no_second_response(before: str, after: str, form: Format) -> None:
    """No text begins a second response in any content type (CVE-2020-16250)."""
    tree = {"GetCallerIdentityResult": {"Arn": before + FORGERY + after}}

    body = render("GetCallerIdentityResponse", tree, form).content

    assert (1 if form is Format.XML else 0) == body.count(b"<GetCallerIdentityResponse")


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Format.XML),
        ("*/*", Format.XML),
        ("text/xml", Format.XML),
        ("application/json", Format.JSON),
        ("application/json, text/plain, */*", Format.JSON),
        ("APPLICATION/JSON; charset=utf-8", Format.JSON),
        ("application/json;q=0", Format.XML),
        ("application/json;q=x", Format.XML),
        ("application/json;q=9", Format.XML),
        ("text/xml, application/json", Format.XML),
        ("text/xml;q=0.5, application/json;q=0.9", Format.JSON),
        ("application/xml;q=0.9, application/json;q=0.5", Format.XML),
        ("application/jsonp", Format.XML),
        (",;,;q=,", Format.XML),
    ],
)
def test_accepted_format(accept: str, form: Format) -> None:
    """JSON is for those who name it, by no less a weight than XML."""
    assert form is accepted_format(accept)
