"""The violations of an error, in the room that its trailers have for them.

No field goes missing without a word. Where the descriptions do not all fit, each
is shortened before any field is left out: first without the value that was sent,
then to a few words, then to nothing. Where even the bare paths do not fit, the last
violation says how many more fields there are.

SPEC: design 4; sts-operations 0.2; attacks G16.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from google.rpc.error_details_pb2 import BadRequest

from daypass.core.errors import FieldViolation

# What a path takes besides itself: its tag and length, and those of the violation.
_PATH_FRAME_BYTES: Final = 4
# What a description adds: a tag and a length of two bytes, and a byte to the length
# of the violation.
_DESCRIPTION_FRAME_BYTES: Final = 4
# The most that the violation takes that counts those left out.
_REST_BYTES: Final = 64


def bad_request(violations: Sequence[FieldViolation], *, bytes_max: int) -> BadRequest:
    """Returns the violations, in order, in no more than so many bytes."""
    shown = list(violations)
    if _size((each.field, each.brief) for each in shown) > bytes_max:
        shown = _one_each_field(shown)
    texts = _bare(shown, bytes_max)
    left = bytes_max - _size(texts)
    whole = len(texts) == len(shown)
    # Every field has its few words before any has more.
    for level in ("brief", "constraint", "description") if whole else ():
        for index, violation in enumerate(shown):
            longer = getattr(violation, level) or violation.brief
            text = (violation.field, longer)
            more = _size([text]) - _size([texts[index]])
            if 0 < more <= left:
                texts[index] = text
                left -= more
    return BadRequest(
        field_violations=[
            BadRequest.FieldViolation(field=field, description=description)
            for field, description in texts
        ]
    )


def fits(violations: Sequence[FieldViolation], *, bytes_max: int) -> bool:
    """Tells whether all of it fits, with every description."""
    return bytes_max >= _size((each.field, each.description) for each in violations)


def _one_each_field(violations: Iterable[FieldViolation]) -> list[FieldViolation]:
    """Returns one violation for each field, which says what all of them say."""
    fields: dict[str, list[FieldViolation]] = {}
    for violation in violations:
        fields.setdefault(violation.field, []).append(violation)
    return [
        FieldViolation(
            field,
            "; ".join(each.description for each in found),
            constraint="; ".join(each.constraint for each in found if each.constraint),
            brief="; ".join(each.brief for each in found if each.brief),
        )
        for field, found in fields.items()
    ]


def _bare(shown: Sequence[FieldViolation], bytes_max: int) -> list[tuple[str, str]]:
    """Returns the paths alone, and if need be a last entry that counts the rest."""
    texts = [(each.field, "") for each in shown]
    if _size(texts) <= bytes_max:
        return texts
    sizes = accumulate(_size((text,)) for text in texts)
    count = sum(size <= bytes_max - _REST_BYTES for size in sizes)
    rest = f"{len(texts) - count} more fields have violations"
    return [*texts[:count], ("", rest)]


def _size(texts: Iterable[tuple[str, str]]) -> int:
    return sum(
        _PATH_FRAME_BYTES
        + len(field.encode())
        + (_DESCRIPTION_FRAME_BYTES + len(description.encode()) if description else 0)
        for field, description in texts
    )
