"""Letter case: where it counts and where it does not.

SPEC: policy-language 4. Actions compare without the case of ASCII letters only, so
that no letter of another alphabet passes for one of them. Names of condition keys,
and the operators that ignore case, use Unicode's simple case folding.
"""

from __future__ import annotations

import string
from typing import Final

_ASCII_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold_ascii(text: str) -> str:
    """Lowers the letters A to Z and leaves every other character alone."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def fold(text: str) -> str:
    """Folds the case of every letter, one character to one character.

    NOTE: `str.casefold` is the *full* folding, by which "ß" equals "ss"; the
    specification asks for the simple one, which never changes a length.
    """
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


def _fold_character(character: str) -> str:
    for folded in (character.casefold(), character.lower()):
        if len(folded) == 1:
            return folded
    return character
