"""What a document may be made of, judged on its octets before a parser sees them.

What makes two readers of one document disagree is refused here: a document type, an
entity, a comment, a processing instruction, a character-data section, another
encoding than UTF-8, another version than 1.0. So is what would cost much to parse.

SPEC: attacks S16, S18 to S22, S24, S25, S28, S29, S58, S60; facts F13 to F15.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from daypass.core import saml_limits as limits
from daypass.federation.saml.refusals import SamlRefusedError

_DECLARATION: Final = re.compile(
    rb"""<\?xml[ \t\r\n]+version=(?:"1\.0"|'1\.0')"""
    rb"""(?:[ \t\r\n]+encoding=(?:"(?i:utf-8)"|'(?i:utf-8)'))?"""
    rb"""(?:[ \t\r\n]+standalone=(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>"""
)
# Controls, and in UTF-8 the two values that are no characters; XML has neither.
_FOREIGN: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_ENTITY: Final = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)"
)
# NOTE: a "<" stands in a well-formed document only where markup begins, so that
# these find every document type, section, comment and instruction, and nothing else.
_MARKUP: Final = re.compile(rb"<[!?]")
_MARKUP_BUT_COMMENTS: Final = re.compile(rb"<\?|<!(?!--)")
_CHUNK_BYTES: Final = 4_096


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


def check_octets(octets: bytes, bounds: XmlBounds) -> None:
    """Returns when a parser may see a document.

    Raises:
        SamlRefusedError: it is too large, is not UTF-8, or holds what may not stand
            in one.
    """
    if len(octets) > bounds.bytes_max:
        raise SamlRefusedError("xml_too_large")
    # A byte order mark is refused here as well.
    if not octets.startswith(b"<"):
        raise SamlRefusedError("xml_characters")
    # An element has at most two tags, and few attributes and declarations; this is
    # before any of them costs memory.
    most = bounds.nodes_max * limits.XML_MARKS_PER_NODE
    if (
        octets.count(b"<") > 2 * bounds.nodes_max
        or octets.count(b"=") > most
        or octets.count(b"xmlns") > limits.XML_DECLARATIONS_MAX
    ):
        raise SamlRefusedError("xml_too_large")
    _check_characters(octets)
    declaration = _DECLARATION.match(octets)
    start = declaration.end() if declaration else 0
    markup = _MARKUP_BUT_COMMENTS if bounds.comments else _MARKUP
    if markup.search(octets, start) or _ENTITY.search(octets, start):
        raise SamlRefusedError("xml_markup_forbidden")


def _check_characters(octets: bytes) -> None:
    if not octets.isascii():
        # In pieces: one wide character would make the whole text four times as long.
        decoder = codecs.getincrementaldecoder("utf-8")(errors="strict")
        try:
            for begin in range(0, len(octets), _CHUNK_BYTES):
                decoder.decode(octets[begin : begin + _CHUNK_BYTES])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as exc:
            raise SamlRefusedError("xml_not_utf8") from exc
    if _FOREIGN.search(octets):
        raise SamlRefusedError("xml_characters")
