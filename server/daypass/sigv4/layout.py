"""What most requests have signed, put into its form in one go.

A client sends the same names in the same order from call to call. Which of them are
signed, and whether that is all that must be, is found out once for such a list; what
is left to do for a call is to fill in the values. This is for requests where nothing
needs a rule: names in lower case that stand once, and values that are signed as they
stand. The rules for all others are in `canonical.canonical_headers`.

SPEC: sts-operations 3.4 steps 7 and 8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from daypass.core.quick import quick_init
from daypass.sigv4.authorization import AMZ_PREFIX

# Lists of more names than this are not remembered.
USUAL_NAMES_MAX: Final = 64
# There are few kinds of client; a list is some hundred bytes, and a few KiB at worst.
_LAYOUTS_KEPT: Final = 256
# What gRPC carries under such names is bytes, which are not signed.
_BINARY_SUFFIX: Final = "-bin"
# What prints, but for the blank.
_WITHOUT_BLANKS: Final = bytes(range(0x21, 0x7F))


@quick_init
@dataclass(frozen=True, slots=True)
class Layout:
    """Signed headers that are all there and cover all they must, less the values.

    Attributes:
        names: the names of the values, in the order of the template.
        template: the canonical headers, or more, with `%s` for each value.
        pick: takes the values out of all that came.
    """

    names: tuple[str, ...]
    template: str
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Makes what takes the values out."""
        object.__setattr__(self, "pick", itemgetter(*self.names))

    def fill(self, headers: Mapping[str, str | bytes]) -> str | None:
        """Returns the template with its values, or None where one needs a rule.

        Args:
            headers: all that came, by name.
        """
        values = self.pick(headers)
        try:
            octets = "".join(values).encode("ascii")
        except (TypeError, UnicodeEncodeError):
            # One is of bytes, or not ASCII.
            return None
        text = self.template % values
        # In a third of the time that `isprintable` takes.
        others = octets.translate(None, _WITHOUT_BLANKS)
        if not others:
            return text
        if others.strip(b" "):
            return None
        # A blank at either end of a value, or two of them within. NOTE: a value may
        # have a colon before a blank, too; it is then looked at more closely.
        if ": " in text or " \n" in text or "  " in text:
            return None
        return text


@lru_cache(maxsize=_LAYOUTS_KEPT)
def usual_layout(
    names: tuple[str, ...], signed_headers: tuple[str, ...]
) -> Layout | None:
    """Returns the layout of a request, or None where its names need a rule.

    Args:
        names: the names of all that came, each once.
        signed_headers: the names that the signature lists, sorted and each once.
    """
    signed = set(signed_headers)
    amz = {name for name in names if name.startswith(AMZ_PREFIX)}
    usual = (
        amz <= signed <= set(names)
        and len(signed) > 1
        and all(name == name.lower() for name in names)
        and not any(name.endswith(_BINARY_SUFFIX) for name in signed)
    )
    if not usual:
        return None
    # NOTE: no name that a signature may list has a per cent sign.
    template = "".join(f"{name}:%s\n" for name in signed_headers)
    return Layout(signed_headers, template)
