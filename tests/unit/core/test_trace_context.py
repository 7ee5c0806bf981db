"""The place of a call in a trace, as W3C Trace Context writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.core.trace_context import TraceParent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
# The example of the specification.
EXAMPLE = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "00",
        EXAMPLE.upper(),
        f"ff-{TRACE}-{SPAN}-01",
        f"0-{TRACE}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}0-{SPAN}-01",
        f"00-{TRACE}-{SPAN[1:]}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-0x",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00_{TRACE}_{SPAN}_01",
        f" {EXAMPLE}",
        f"{EXAMPLE} ",
        f"{EXAMPLE}\n",
        f"{EXAMPLE}-more",
        f"{EXAMPLE}-",
        f"01-{TRACE}-{SPAN}-01more",
        EXAMPLE.replace("4bf", "\N{DEVANAGARI DIGIT FOUR}bf"),
    ],
)
def test_malformed_value_ignored(value: str) -> None:
    """A value that is not as the specification has it says nothing."""
    assert TraceParent.read([value]) is None


@pytest.mark.parametrize("values", [[], [EXAMPLE, EXAMPLE]])
def test_not_one_value_ignored(values: list[str]) -> None:
    """No value says nothing, and two say nothing certain."""
    assert TraceParent.read(values) is None


def test_example_read() -> None:
    """The example of the specification is read."""
    found = TraceParent.read([EXAMPLE])

    assert TraceParent(int(TRACE, 16), int(SPAN, 16), sampled=True) == found


@pytest.mark.parametrize(
    ("flags", "sampled"),
    [("00", False), ("01", True), ("02", False), ("03", True), ("ff", True)],
)
def test_flag_read(flags: str, *, sampled: bool) -> None:
    """Of the flags the lowest bit counts, and the others may be set."""
    found = TraceParent.read([f"00-{TRACE}-{SPAN}-{flags}"])

    assert found is not None
    assert sampled == found.sampled


@pytest.mark.parametrize("more", ["", "-", "-what comes next"])
def test_later_version_read(more: str) -> None:
    """A later version is read as far as it is known."""
    found = TraceParent.read([f"cc-{TRACE}-{SPAN}-01{more}"])

    assert TraceParent.read([EXAMPLE]) == found


@pytest.mark.parametrize("extra", [0, 1])
def test_length_is_bounded(extra: int) -> None:
    """A value of the greatest length is read, a longer one is not."""
    start = f"01-{TRACE}-{SPAN}-01-"
    value = start + "x" * (limits.TRACE_PARENT_CHARACTERS_MAX - len(start) + extra)

    assert bool(extra) == (TraceParent.read([value]) is None)


@given(st.lists(st.text(), max_size=2))
def test_anything_may_come(values: list[str]) -> None:
    """Whatever comes, reading it does not fail."""
    found = TraceParent.read(values)

    assert found is None or found.trace_id > 0
