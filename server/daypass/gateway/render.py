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
from itertools import pairwise
from typing import Final

from daypass.core.quick import quick_init
from daypass.core.secret import Secret

# `Accept` as clients write it, which are few ways.
_ACCEPTS_KEPT: Final = 64
# Each answer has a few, and there are some dozen answers.
_SHAPES_KEPT: Final = 256
# In a shape: what follows is within the element before it, up to the end of that.
_DOWN, _UP = "<", ">"
NAMESPACE: Final = "https://sts.amazonaws.com/doc/2011-06-15/"

# NOTE: to ask for a dictionary takes a tenth of what it takes to ask for a mapping.
_BRANCHES: Final = (dict, Mapping)
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
# What can be printed, and begins nothing.
_PLAIN_XML: Final = bytes(
    code for code in range(0x20, 0x7F) if code not in _XML_ESCAPES
)
# So that no reader finds an element in a string of JSON (CVE-2020-16250).
_JSON_ESCAPES: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


class Format(Enum):
    """The formats of answers, with their media types."""

    XML = "text/xml"
    JSON = "application/json"


# NOTE: to ask an enumeration for its value takes as long as a call.
_XML: Final = Format.XML.value


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
    shape: list[str] = []
    leaves: list[str] = []
    _flatten(tree, shape, leaves)
    return fill(_template(root, namespace, tuple(shape)), leaves)


def layout_of(root: str, tree: Tree) -> str:
    """Returns what `render` makes of trees of this shape, `%s` for each leaf."""
    shape: list[str] = []
    _flatten(tree, shape, [])
    return _template(root, NAMESPACE, tuple(shape))


def fill(layout: str, leaves: list[str]) -> Body:
    """Puts the texts of leaves, in their order, into what `layout_of` has made."""
    return Body((layout % _escaped(leaves)).encode(), _XML)


def render_object(tree: Tree) -> Body:
    """Renders a tree as JSON, without an element around it."""
    text = json.dumps(_plain(tree), separators=(",", ":"), ensure_ascii=True)
    return Body(text.translate(_JSON_ESCAPES).encode(), Format.JSON.value)


def _flatten(tree: Tree, shape: list[str], leaves: list[str]) -> None:
    """Takes a tree apart: the names of its nodes, and the texts of its leaves."""
    for name, node in tree.items():
        if node is None:
            continue
        shape.append(name)
        if isinstance(node, str):
            leaves.append(node)
        elif isinstance(node, _BRANCHES):
            shape.append(_DOWN)
            _flatten(node, shape, leaves)
            shape.append(_UP)
        elif isinstance(node, Secret):
            leaves.append(node.reveal_text())
        elif isinstance(node, datetime):
            leaves.append(text_of_instant(node))
        else:
            leaves.append(str(node))


def text_of_instant(instant: datetime) -> str:
    """Returns an instant as it stands in XML."""
    in_utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return f"{in_utc.isoformat()[:_INSTANT]}Z"


@lru_cache(maxsize=_SHAPES_KEPT)
def _template(root: str, namespace: str, shape: tuple[str, ...]) -> str:
    """Returns the elements of a tree, each with a place for the text of its leaf.

    Names are those of the API, and what is left out makes few shapes of each answer.
    """
    lines = [f'<{root} xmlns="{namespace}">\n']
    within: list[str] = []
    for name, following in pairwise((*shape, "")):
        indent = "  " * (len(within) + 1)
        if name == _UP:
            lines.append(f"{indent[2:]}</{within.pop()}>\n")
        elif following == _DOWN:
            lines.append(f"{indent}<{name}>\n")
            within.append(name)
        elif name != _DOWN:
            lines.append(f"{indent}<{name}>%s</{name}>\n")
    return "".join([*lines, f"</{root}>\n"])


def _escaped(leaves: list[str]) -> tuple[str, ...]:
    """Returns texts as they stand in elements, nearly always as they are.

    To delete from the bytes of all of them those that need nothing is the fastest way
    to look at them; a token alone has a thousand.
    """
    texts = "".join(leaves)
    if texts.isascii() and not texts.encode().translate(None, _PLAIN_XML):
        return tuple(leaves)
    return tuple(
        _NOT_XML.sub(_REPLACEMENT, text).translate(_XML_ESCAPES) for text in leaves
    )


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
