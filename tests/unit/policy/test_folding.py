"""Letter case: which letters are the same.

SPEC: policy-language 4; attacks P03 and P04.
"""

from __future__ import annotations

import unicodedata

import pytest

from daypass.policy.folding import fold, fold_ascii

KELVIN = "\N{KELVIN SIGN}"
DOTTED = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"
DOTLESS = "\N{LATIN SMALL LETTER DOTLESS I}"
LONG_S = "\N{LATIN SMALL LETTER LONG S}"
SHARP_S = "\N{LATIN SMALL LETTER SHARP S}"
CAPITAL_SHARP_S = "\N{LATIN CAPITAL LETTER SHARP S}"


@pytest.mark.parametrize(
    ("character", "letter"),
    [(KELVIN, "k"), (DOTLESS, "i"), (LONG_S, "s"), (DOTTED, "i")],
)
def test_ascii_folding_knows_no_look_alikes(character: str, letter: str) -> None:
    """No letter of another alphabet folds to an ASCII letter."""
    assert letter != fold_ascii(character)


def test_ascii_folding_lowers_ascii() -> None:
    """The letters A to Z are lowered, beside other letters too."""
    assert "sts:assumerole" == fold_ascii("STS:AssumeRole")
    assert f"a{KELVIN}z" == fold_ascii(f"A{KELVIN}Z")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (SHARP_S, "ss"),
        (DOTTED, "i"),
        (DOTLESS, "i"),
        ("\N{LATIN SMALL LIGATURE FI}", "fi"),
    ],
)
def test_simple_folding_keeps_lengths(left: str, right: str) -> None:
    """Letters that are alike only by the full folding stay apart."""
    assert fold(right) != fold(left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Dev", "DEV"),
        (KELVIN, "k"),
        (LONG_S, "S"),
        (CAPITAL_SHARP_S, SHARP_S),
        ("É", "é"),
    ],
)
def test_simple_folding_ignores_case(left: str, right: str) -> None:
    """Letters that differ in case only become the same."""
    assert fold(right) == fold(left)


def test_folding_does_not_compose() -> None:
    """A composed letter stays apart from the same letter in two parts."""
    composed = "\N{LATIN SMALL LETTER E WITH ACUTE}"

    assert fold(composed) != fold(unicodedata.normalize("NFD", composed))
