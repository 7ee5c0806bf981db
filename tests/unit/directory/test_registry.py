"""Unique ids: stable, never reused, and written in a form that is checked."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.identifiers import is_unique_id
from daypass.directory.registry import (
    Registry,
    RegistryInvalidError,
    RetiredId,
    assign_ids,
    dump_registry,
    load_registry,
    retire,
)
from support.world import SeededEntropy

ROLE = "arn:aws:iam::123456789012:role/a/R"
USER = "arn:aws:iam::123456789012:user/U"
GROUP = "arn:aws:iam::123456789012:group/G"
ROLE_ID = "AROA" + "A" * 17
USER_ID = "AIDA" + "A" * 17


class StuckEntropy:
    """Randomness that is none."""

    def token_bytes(self, count: int) -> bytes:
        """Returns zeros."""
        return bytes(count)

    id_bytes = token_bytes


def test_draws_ids_by_kind(entropy: SeededEntropy) -> None:
    """Each entity gets an id of its kind."""
    ids = assign_ids(Registry(), [ROLE, USER, GROUP], entropy).ids

    assert all(map(is_unique_id, ids.values()))
    assert {arn: unique_id[:4] for arn, unique_id in ids.items()} == {
        ROLE: "AROA",
        USER: "AIDA",
        GROUP: "AGPA",
    }


def test_refuses_other_kind(entropy: SeededEntropy) -> None:
    """Nothing but roles, users and groups gets an id."""
    with pytest.raises(KeyError):
        assign_ids(Registry(), ["arn:aws:iam::123456789012:policy/P"], entropy)


def test_keeps_ids(entropy: SeededEntropy) -> None:
    """An entity that stays keeps its id, and then nothing changes."""
    first = assign_ids(Registry(), [ROLE, USER], entropy)

    assert first == assign_ids(first, [USER, ROLE], entropy)


def test_gives_namesake_new_id(entropy: SeededEntropy) -> None:
    """An entity that was absent once comes back as another."""
    first = assign_ids(Registry(), [ROLE, USER], entropy)
    second = assign_ids(first, [USER], entropy)
    third = assign_ids(second, [USER, ROLE], entropy)

    assert (RetiredId(ROLE, first.ids[ROLE]),) == second.retired == third.retired
    assert first.ids[ROLE] != third.ids[ROLE]
    assert first.ids[USER] == third.ids[USER]


def test_never_draws_used_id() -> None:
    """If randomness repeats itself, no id is given twice."""
    first = assign_ids(Registry(), [ROLE], StuckEntropy())
    second = assign_ids(first, [], StuckEntropy())

    with pytest.raises(RuntimeError, match="repeats itself"):
        assign_ids(second, [ROLE], StuckEntropy())


def test_retires_what_was_not_stored() -> None:
    """An id that is known to be retired is taken from whoever has it."""
    gone = RetiredId(ROLE, ROLE_ID)

    registry = retire(Registry({ROLE: ROLE_ID, USER: USER_ID}), [gone])

    assert Registry({USER: USER_ID}, (gone,)) == registry


@given(st.lists(st.sets(st.sampled_from([ROLE, USER, GROUP])), max_size=6))
def test_survives_being_written(snapshots: list[set[str]]) -> None:
    """Whatever comes and goes, a registry reads as it was written, ids once."""
    registry, entropy = Registry(), SeededEntropy()
    for wanted in snapshots:
        registry = assign_ids(registry, wanted, entropy)

    ids = [*registry.ids.values(), *(one.unique_id for one in registry.retired)]
    assert registry == load_registry(dump_registry(registry))
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"version": None},
        {"more": 1},
        {"ids": {}},
        {"ids": [1]},
        {"ids": [{"arn": ROLE}]},
        {"ids": [{"arn": ROLE, "unique_id": ROLE_ID, "more": 1}]},
        {"ids": [{"arn": ROLE, "unique_id": USER_ID}]},
        {"ids": [{"arn": ROLE, "unique_id": "AROA"}]},
        {"ids": [{"arn": "role", "unique_id": ROLE_ID}]},
        {"ids": [{"arn": ROLE, "unique_id": ROLE_ID}] * 2},
        {
            "ids": [{"arn": ROLE, "unique_id": ROLE_ID}],
            "retired": [{"arn": ROLE, "unique_id": ROLE_ID}],
        },
        {"retired": None},
    ],
)
def test_refuses_damage(change: dict[str, object]) -> None:
    """A registry that is not whole is refused, and never taken for a new one."""
    document = {"version": 1, "ids": [], "retired": [], **change}

    with pytest.raises(RegistryInvalidError):
        load_registry(json.dumps(document).encode())


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff"])
def test_refuses_other_text(text: bytes) -> None:
    """What is not a JSON object is no registry."""
    with pytest.raises(RegistryInvalidError):
        load_registry(text)
