"""The names of keys."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.guard_record import guard_name
from daypass.adapters.redis.keys import Keys
from daypass.core.ports import GuardKey

KEYS = Keys("daypass")
TEXT = st.text(max_size=20)
GUARDS = st.builds(GuardKey, TEXT, st.lists(TEXT, max_size=4).map(tuple))


@given(TEXT, TEXT)
def test_no_text_is_in_a_key(account: str, principal: str) -> None:
    """Whatever an identifier holds, a key is the prefix, a letter and a digest."""
    for key in (
        KEYS.session(account),
        KEYS.account_index(account),
        KEYS.principal_index(account, principal),
        KEYS.account_list(account),
        KEYS.principal_list(account, principal),
    ):
        assert re.fullmatch(r"daypass:[sijap]:[A-Za-z0-9_-]{24}", key)


@given(st.tuples(TEXT, TEXT), st.tuples(TEXT, TEXT))
def test_other_identifiers_have_other_keys(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    """Two pairs share a key only when they are equal."""
    same = KEYS.principal_index(*one) == KEYS.principal_index(*other)

    assert same == (one == other)


def test_moved_border_is_another_key() -> None:
    """Characters that move from one identifier to the next change the key."""
    assert KEYS.principal_index("ab", "c") != KEYS.principal_index("a", "bc")


def test_kinds_do_not_meet() -> None:
    """One identifier names a session, an account and a principal apart."""
    keys = {
        KEYS.session("a"),
        KEYS.account_index("a"),
        KEYS.principal_index("a", ""),
        KEYS.account_list("a"),
        KEYS.principal_list("a", ""),
        KEYS.profile(b"a" * 16),
    }

    assert 6 == len(keys)


@given(st.binary(min_size=16, max_size=16))
def test_reference_chooses_no_slot(reference: bytes) -> None:
    """R02: the name of a profile puts no hash tag into its key."""
    assert re.fullmatch(r"daypass:f:[A-Za-z0-9_-]{22}", KEYS.profile(reference))


def test_parts_of_the_log_share_a_slot() -> None:
    """The keys of the log carry one hash tag."""
    parts = [KEYS.revocations(part) for part in ("head", "entries", "workers")]

    assert {"{revocations}"} == {
        part[part.index("{") : part.index("}") + 1] for part in parts
    }


@given(GUARDS, GUARDS)
def test_other_guards_have_other_keys(one: GuardKey, other: GuardKey) -> None:
    """R01: two guards share a key only when purpose and every part are equal."""
    keys = [KEYS.guard(guard_name(each)) for each in (one, other)]

    assert (keys[0] == keys[1]) == (one == other)
    assert all(re.fullmatch(r"daypass:g:[A-Za-z0-9_-]{24}", key) for key in keys)


@given(TEXT, TEXT, TEXT)
def test_moved_border_is_another_guard(one: str, two: str, three: str) -> None:
    """R01: text that moves between the purpose and the parts changes the key."""
    keys = {
        GuardKey(one + two, (three,)),
        GuardKey(one, (two + three,)),
        GuardKey(one, (two, three)),
        GuardKey("", (one, two, three)),
        GuardKey(one + two + three, ()),
    }

    assert len(keys) == len({guard_name(key) for key in keys})


@given(GUARDS)
def test_guard_text_chooses_no_slot(key: GuardKey) -> None:
    """R02: no text of a guard puts a hash tag into its key."""
    assert not set(KEYS.guard(guard_name(key))) & set("{}")
