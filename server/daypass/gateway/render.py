"""Answers as XML or JSON, both out of one tree.

Text of callers stands in answers: names of sessions, policies, messages. No text can
begin an element, or look like one to a reader that takes JSON for XML.

SPEC: sts-operations 3.2; attacks V22, V23; details 12, 45, 47 and 54.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Final

from daypass.core.quick import quick_init
from daypass.core.secret import Secret

# `Accept` as clients write it, which are few ways.
_ACCEPTS_KEPT: Final = 64
NAMESPACE: Final = "https://sts.amazonaws.com/doc/2011-06-15/"

# A leaf, a structure, or None for what is left out.
Node = str | int | datetime | Secret | Mapping[str, "Node"] | None
Tree = Mapping[str, Node]

# XML 1.0, production 2: what is none of its characters cannot even be escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The characters of an instant in ISO 8601 up to the second.
_INSTANT: Final = 19
_REPLACEMENT: Final = "\ufffd"
_XML_ESCAPES: Final = str.maketrans(
    # NOTE: a bare carriage return is read as a line feed.
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"}
)
_XML_MARKUP: Final = re.compile('[&<>"]', re.ASCII)
# So that no reader finds an element in a string of JSON (CVE-2020-16250).
_JSON_ESCAPES: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


class Format(Enum):
    """The formats of answers, with their media types."""

    XML = "text/xml"
    JSON = "application/json"


@quick_init
@dataclass(frozen=True, slots=True)
class Body:
    """The body of an answer and its media type."""

    content: bytes
    media_type: str


@lru_cache(maxsize=_ACCEPTS_KEPT)
def accepted_format(accept: str) -> Format:
    """Returns the format that an `Accept` header asks for; XML unless it is JSON.

    JSON has to be named, and by no less a weight than XML is.
    """
    weights = {Format.XML: -1.0, Format.JSON: -1.0}
    for part in accept.lower().split(","):
        media_type, *parameters = (word.strip() for word in part.split(";"))
        if media_type in {"application/json", "text/xml", "application/xml"}:
            kind = Format.JSON if media_type.endswith("json") else Format.XML
            weights[kind] = max(weights[kind], _weight(parameters))
    json_weight = weights[Format.JSON]
    return Format.JSON if json_weight > max(0.0, weights[Format.XML]) else Format.XML


def render(root: str, tree: Tree, form: Format, *, namespace: str = NAMESPACE) -> Body:
    """Renders a tree.

    Args:
        root: the name of the outermost element.
        tree: what it holds.
        form: XML or JSON.
        namespace: that of the elements.
    """
    if form is Format.JSON:
        return render_object({root: tree})
    text = f'<{root} xmlns="{namespace}">\n{_elements(tree, "  ")}</{root}>\n'
    return Body(text.encode(), Format.XML.value)


def render_object(tree: Tree) -> Body:
    """Renders a tree as JSON, without an element around it."""
    text = json.dumps(_plain(tree), separators=(",", ":"), ensure_ascii=True)
    return Body(text.translate(_JSON_ESCAPES).encode(), Format.JSON.value)


def _elements(tree: Tree, indent: str) -> str:
    return "".join(
        f"{indent}<{name}>{_content(node, indent)}</{name}>\n"
        for name, node in tree.items()
        if node is not None
    )


def _content(node: Node, indent: str) -> str:
    if isinstance(node, str):
        return _text(node)
    if isinstance(node, Secret):
        return _text(node.reveal_text())
    if isinstance(node, datetime):
        return f"{node.astimezone(UTC).isoformat(timespec='seconds')[:_INSTANT]}Z"
    if isinstance(node, Mapping):
        return f"\n{_elements(node, indent + '  ')}{indent}"
    return str(node)


def _text(text: str) -> str:
    if text.isascii() and text.isprintable() and not _XML_MARKUP.search(text):
        # As it is nearly always; a token has a thousand characters.
        return text
    return _NOT_XML.sub(_REPLACEMENT, text).translate(_XML_ESCAPES)


def _plain(node: Node) -> object:
    if isinstance(node, Mapping):
        return {name: _plain(each) for name, each in node.items() if each is not None}
    if isinstance(node, datetime):
        return int(node.timestamp())
    return node.reveal_text() if isinstance(node, Secret) else node


def _weight(parameters: list[str]) -> float:
    """Returns the weight of a media range: 1 unless it says less; nonsense is 0."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if re.fullmatch(r"[01](\.[0-9]{0,3})?", value) else 0.0
    return 1.0
