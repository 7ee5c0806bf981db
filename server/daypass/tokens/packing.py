"""Session policies and tags, packed into one claim.

The claim is base64url of zlib of canonical JSON: members in a fixed order and no
blanks. Members that are empty are left out.

| Member | What |
|---|---|
| `p` | the inline session policy, as it was sent |
| `a` | the ARNs of managed session policies |
| `t` | the session tags, an object, keys in order |
| `x` | the keys of the transitive tags, in order |

SPEC: sts-operations 0.6 (PackedPolicySize); policy-language 3.3 (texts).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from daypass.core import base64url, limits
from daypass.core.errors import PackedPolicyTooLargeError
from daypass.core.session import Session, SessionPolicies
from daypass.core.strict_json import InvalidJsonError, JsonValue, loads_object
from daypass.tokens.errors import TokenRefusedError

_LEVEL: Final = 9
_PER_CENT: Final = 100
_MALFORMED: Final = "packed_malformed"
_MEMBERS: Final = frozenset({"p", "a", "t", "x"})


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed part: the text of the claim, and how full it makes the budget.

    `percent` is at least 1.
    """

    text: str
    percent: int


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a packed part holds."""

    policies: SessionPolicies
    tags: Mapping[str, str]
    transitive_tag_keys: frozenset[str]


NOTHING_PACKED: Final = Unpacked(SessionPolicies(), MappingProxyType({}), frozenset())


def pack(session: Session) -> Packed | None:
    """Packs a session's policies and tags, or returns None where it has none.

    Raises:
        PackedPolicyTooLargeError: they take more than the budget.
    """
    packed = _pack(session.policies, session.tags, session.transitive_tag_keys)
    if packed is not None and packed.percent > _PER_CENT:
        raise too_large(session, packed.percent)
    return packed


def too_large(session: Session, percent: int) -> PackedPolicyTooLargeError:
    """Makes the error, which names the tags where the policies alone would fit."""
    policies = _pack(session.policies, {}, frozenset())
    policies_fit = policies is None or policies.percent <= _PER_CENT
    if session.tags and policies_fit:
        text = f"Packed size of session tags consumes {percent}% of allotted space."
    else:
        text = f"Packed policy consumes {percent}% of allotted space"
    return PackedPolicyTooLargeError(
        "packed_policy_too_large", message=text, metadata={"percent": str(percent)}
    )


def percent_of(size: int, budget: int) -> int:
    """Returns how many per cent of the budget a size is, rounded up."""
    return -(-_PER_CENT * size // budget)


def unpack(text: str | None) -> Unpacked:
    """Unpacks a claim that `pack` made; None is the claim's absence.

    Raises:
        TokenRefusedError: it is not what `pack` makes, or unfolds beyond bounds.
    """
    if text is None:
        return NOTHING_PACKED
    try:
        members = loads_object(
            _decompress(base64url.decode(text)),
            size_max=limits.UNPACKED_POLICY_BYTES_MAX,
        )
    except (base64url.InvalidBase64UrlError, zlib.error, InvalidJsonError):
        raise TokenRefusedError(_MALFORMED) from None
    if not members.keys() <= _MEMBERS:
        raise TokenRefusedError(_MALFORMED)
    inline = members.get("p")
    policies = SessionPolicies(
        inline=None if inline is None else _text(inline),
        managed_arns=tuple(_texts(members.get("a", []))),
    )
    tags = _tags(members.get("t", {}))
    return Unpacked(policies, tags, frozenset(_texts(members.get("x", []))))


def _pack(
    policies: SessionPolicies,
    tags: Mapping[str, str],
    transitive_tag_keys: frozenset[str],
) -> Packed | None:
    members = {
        "p": policies.inline,
        "a": policies.managed_arns,
        "t": {key: tags[key] for key in sorted(tags)},
        "x": sorted(transitive_tag_keys),
    }
    # NOTE: an empty inline policy is one, and not none.
    present = {name: value for name, value in members.items() if value or value == ""}
    if not present:
        return None
    text = json.dumps(present, ensure_ascii=False, separators=(",", ":")).encode()
    compressed = zlib.compress(text, _LEVEL)
    percent = percent_of(len(compressed), limits.PACKED_POLICY_BYTES_MAX)
    if len(text) > limits.UNPACKED_POLICY_BYTES_MAX:
        # It would compress well enough, and could never be unpacked.
        unpacked = percent_of(len(text), limits.UNPACKED_POLICY_BYTES_MAX)
        percent = max(percent, unpacked)
    return Packed(base64url.encode(compressed), percent)


def _decompress(compressed: bytes) -> bytes:
    decompressor = zlib.decompressobj()
    text = decompressor.decompress(compressed, limits.UNPACKED_POLICY_BYTES_MAX)
    if not decompressor.eof or decompressor.unused_data:
        raise TokenRefusedError(_MALFORMED)
    return text


def _tags(value: JsonValue) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise TokenRefusedError(_MALFORMED)
    return MappingProxyType({key: _text(tag) for key, tag in value.items()})


def _texts(value: JsonValue) -> list[str]:
    if not isinstance(value, list):
        raise TokenRefusedError(_MALFORMED)
    return list(map(_text, value))


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TokenRefusedError(_MALFORMED)
    return value
