"""YAML to plain values, with lines and without surprises."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.core.strict_json import JsonValue
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.yaml_tree import Place, parse_yaml


def faults(text: str) -> tuple[Fault, ...]:
    """Returns the faults of a text."""
    with pytest.raises(DirectoryInvalidError) as caught:
        parse_yaml("a.yaml", text)
    return caught.value.faults


@pytest.mark.parametrize(
    ("text", "line", "path", "reason"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "b.c", "this key stands here twice"),
        ("a: 1\nb: !!python/object/apply:os.system [x]", 2, "b", "tags (`!…`)"),
        ("a: !!str 1", 1, "a", "tags"),
        ("- x\n- ! y", 2, "[1]", "tags"),
        ("a:\n  - !!map {b: 1}", 2, "a[0]", "tags"),
        ("a: 1\nb: &x 1", 2, "b", "anchors and aliases"),
        ("a: &x [1]", 1, "a", "anchors and aliases"),
        ("a: 1\n<<: {b: 2}", 2, "", "merge keys"),
        ("a: 1\n7: x", 2, "", "a key must be text; write '7' in quotes"),
        ("a: 1\ntrue: x", 2, "", "a key must be text; write 'true' in quotes"),
        ("a: 1\n~: x", 2, "", "a key must be text"),
        ("a: 1\n? [b]\n: c", 2, "", "a key must be text"),
        ("a: 1\n---\nb: 1", 2, "", "a file holds one document"),
        ("%YAML 1.2\n---\na: 1", 1, "", "directives are not taken"),
        ("a:\n\tb: 1", 2, "", "not YAML: while scanning"),
        ("a: [1,\nb: 2", 3, "", "not YAML: while parsing a flow sequence"),
        ("a: 1\nb: .inf", 2, "b", "a number must be finite"),
        ("a: 1\nb: -.INF", 2, "b", "a number must be finite"),
        ("a: .nan", 1, "a", "a number must be finite"),
        ("a: " + "9" * 33, 1, "a", "the number has too many digits"),
        ("a: \x00", 0, "", "not YAML: a character"),
        ('a: "\\UFFFFFFFF"', 1, "", "not YAML"),
        ("a: \ud800", 0, "", "the file is not Unicode"),
    ],
)
def test_refuses_text(text: str, line: int, path: str, reason: str) -> None:
    """What is not plain YAML is a fault with its line and place."""
    (fault,) = faults(text)

    assert ("a.yaml", line, path) == (fault.file, fault.line, fault.path)
    assert fault.reason.startswith(reason)


def test_refuses_alias() -> None:
    """An alias is a fault, and so is its anchor."""
    found = faults("a: &x 1\nb: *x\n")

    assert [fault.line for fault in found] == [1, 2]


def test_reports_all_faults() -> None:
    """One reading reports every fault of a file."""
    found = faults("a: 1\na: 2\nb: !x 3\n4: 5\n")

    assert [fault.line for fault in found] == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("2012-10-17", "2012-10-17"),
        ("2001-12-14 21:59:43.10 -5", "2001-12-14 21:59:43.10 -5"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("0123", 123),
        ("0o17", 15),
        ("0xfF", 255),
        ("-7", -7),
        ("+7", 7),
        ("9" * 32, int("9" * 32)),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1E+3")),
        ("1.2.3", "1.2.3"),
        ("-", None),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ('"7"', "7"),
        ("'true'", "true"),
        ('"<<"', "<<"),
        ("|-\n  12", "12"),
    ],
)
def test_resolves_core_schema(text: str, value: JsonValue) -> None:
    """Scalars resolve by YAML 1.2, in which few words mean something."""
    document = "- x\n-" if text == "-" else f"- x\n- {text}"

    tree = parse_yaml("a.yaml", document)

    assert repr(["x", value]) == repr(tree.value)


def test_knows_lines() -> None:
    """Each part has the line of its key, or of the item that it is."""
    tree = parse_yaml("a.yaml", "a: 1\nb:\n  - x\n  - c:\n      d: 2\n")
    place = Place.whole(tree)

    assert [
        where.line
        for where in (
            place,
            place.at("a"),
            place.at("b"),
            place.at("b", 0),
            place.at("b", 1),
            place.at("b", 1, "c"),
            place.at("b", 1, "c", "d"),
        )
    ] == [1, 1, 2, 3, 4, 4, 5]


def test_knows_line_of_missing_part() -> None:
    """A part that is not there has the line of what it is missing from."""
    place = Place.whole(parse_yaml("a.yaml", "a: 1\nb: {c: 2}\n")).at("b", "x", 0)

    assert place.line == 2
    assert place.value is None


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_reads_empty_text(text: str) -> None:
    """A file without a document has no value."""
    tree = parse_yaml("a.yaml", text)

    assert tree.value is None
    assert Place.whole(tree).line == 1


def test_skips_byte_order_mark() -> None:
    """A byte order mark, which some editors write, is no part of the first key."""
    assert parse_yaml("a.yaml", "\ufeffa: 1").value == {"a": 1}


@pytest.mark.parametrize("extra", [0, 1])
def test_bounds_depth(extra: int) -> None:
    """Nesting is taken to the bound and refused one deeper."""
    depth = limits.JSON_DEPTH_MAX + extra
    text = "[" * depth + "]" * depth

    if extra:
        assert faults(text)[0].reason == "the file is nested too deeply"
    else:
        assert parse_yaml("a.yaml", text).value


def test_bounds_deep_nesting_early() -> None:
    """Nesting far beyond the bound neither overflows a stack nor takes long."""
    assert faults("[" * 500_000)[0].reason == "the file is nested too deeply"


@pytest.mark.parametrize("extra", [0, 1])
def test_bounds_size(extra: int) -> None:
    """A text is taken to the bound and refused one character longer."""
    text = "a: 1".ljust(limits.DIRECTORY_FILE_BYTES_MAX + extra, "\n")

    if extra:
        assert faults(text)[0].reason == "the file is too large"
    else:
        assert parse_yaml("a.yaml", text).value == {"a": 1}


def test_bounds_values() -> None:
    """Too many values are refused, however short they are."""
    text = "[" + "1," * limits.DIRECTORY_FILE_NODES_MAX + "]"

    assert faults(text)[-1].reason == "the file holds too many values"


@given(
    st.text(
        alphabet=st.sampled_from("ab:-?*&!|>'\"%@`{}[],# \n\t01.~<\\ux"), max_size=60
    )
)
@example("- - ? : -\n")
@example("{? }")
@example("'\\")
def test_never_raises_otherwise(text: str) -> None:
    """Any text is a value or a list of faults."""
    try:
        tree = parse_yaml("a.yaml", text)
    except DirectoryInvalidError as error:
        assert error.faults  # noqa: PT017 - one of two good outcomes.
    else:
        assert tree.file == "a.yaml"


@given(st.text(max_size=40))
def test_never_raises_on_unicode(text: str) -> None:
    """Any text of any characters is a value or a list of faults."""
    try:
        parse_yaml("a.yaml", text)
    except DirectoryInvalidError as error:
        assert error.faults  # noqa: PT017 - one of two good outcomes.
