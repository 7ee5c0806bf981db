"""Laying session tags over those of a role or user."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daypass.policy.folding import fold
from daypass.sts.context import fold_tags

TAGS = st.dictionaries(st.text("aAﬆsStTßﬁkKK", min_size=1, max_size=4), st.just("v"))


def test_session_tag_replaces_by_case() -> None:
    """A session tag takes the place of a tag of the same key in another case (25)."""
    assert {"Team": "new"} == fold_tags({"team": "old"}, {"Team": "new"})


def test_ligature_hides_nothing() -> None:
    """A key that only full case folding equates with another leaves it alone."""
    assert {"stage": "prod", "ﬆage": "x"} == fold_tags({"stage": "prod"}, {"ﬆage": "x"})


@given(base=TAGS, overlay=TAGS)
def test_only_what_policies_equate_is_replaced(
    base: dict[str, str], overlay: dict[str, str]
) -> None:
    """Every key stays unless the overlay has one that policies take for the same."""
    laid = {fold(key) for key in fold_tags(base, overlay)}

    assert {fold(key) for key in (*base, *overlay)} == laid
