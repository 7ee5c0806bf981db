"""JSON in one line: read as YAML reads it, or left to YAML."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.directory.fault import DirectoryInvalidError
from daypass.directory.json_line import read_json_line
from daypass.directory.yaml_tree import Place, parse_events, parse_yaml

# What programs write, and what stands in policies.
_WORDS = ["<<", "~", "true", "on", "2012-10-17", "---", "${aws:username}", "a: b", "#"]
_TEXT = st.text(max_size=12) | st.sampled_from(_WORDS)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(-99, 99).map(float) | _TEXT,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(_TEXT, parts),
    max_leaves=12,
)


@given(
    value=st.dictionaries(_TEXT, _VALUES, max_size=5),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" , ", " : ")]),
    ensure_ascii=st.booleans(),
    end=st.sampled_from(["", "\n", "\n\n", " "]),
)
def test_reads_as_yaml(
    value: dict[str, Any],
    separators: tuple[str, str],
    *,
    ensure_ascii: bool,
    end: str,
) -> None:
    """What is read of a line is what the events of YAML say, kind by kind."""
    text = json.dumps(value, ensure_ascii=ensure_ascii, separators=separators) + end

    found = read_json_line(text)

    assert found is None or repr(parse_events("a.yaml", text).value) == repr(found)


@given(
    st.text(
        alphabet=st.sampled_from('{}[]:,"\\ \n\tab01.-+eEtrufalsn<~#&*!?|\x7f\xe9'),
        max_size=30,
    ).map("{{{}}}".format)
)
@example('{"a": 1, "a": 2}')
@example('{"a": NaN}')
@example('{"a": 1e999999999}')
@example('{"a" :1,"b":-0,"c":1E5}')
@example('{"": {}}')
def test_refuses_what_yaml_refuses(text: str) -> None:
    """No line is read that YAML would refuse, and none in another way."""
    found = read_json_line(text)

    assert found is None or repr(parse_events("a.yaml", text).value) == repr(found)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, 1.50, true, null, "x"]}',
        '{"a":{"b":{}}}\n',
        '{"a": "on", "b": "é"}',
    ],
)
def test_reads_line(text: str) -> None:
    """One line of JSON is read without a look at YAML."""
    assert parse_events("a.yaml", text).value == read_json_line(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":\n1}',
        '{"a":\t1}',
        '{"a": "\\n"}',
        '{"a": "\\ud83d\\ude00"}',
        '{"a": "\x7f"}',
        '{"a": "\u2028"}',
        '{"a": 1, "a": 2}',
        '{"a": 1}\n\n',
        '["a"]',
        '"a"',
        "{a: 1}",
        "",
        json.dumps({"a" * 500: 1}),
        '{"a"' + " " * 500 + ": 1}",
    ],
)
def test_leaves_to_yaml(text: str) -> None:
    """What both might read differently is left to YAML."""
    assert read_json_line(text) is None


@pytest.mark.parametrize("extra", [0, 1])
def test_longest_key(extra: int) -> None:
    """A key and the blanks behind it never reach what YAML takes no key of."""
    text = '{"' + "a" * (499 + extra) + '"' + " " * 497 + ': "x"}'

    found = read_json_line(text)

    assert (found is None) == bool(extra)
    assert {"a" * (499 + extra): "x"} == parse_events("a.yaml", text).value


@pytest.mark.parametrize("extra", [0, 1])
def test_many_values(extra: int) -> None:
    """Values are counted as YAML counts them, and to the same bound."""
    count = limits.DIRECTORY_FILE_NODES_MAX - 2 + extra
    text = '{"a":[' + ",".join(['""'] * count) + "]}"

    assert (read_json_line(text) is None) == bool(extra)
    if extra:
        with pytest.raises(DirectoryInvalidError, match="too many values"):
            parse_yaml("a.yaml", text)
    else:
        assert parse_events("a.yaml", text).value == parse_yaml("a.yaml", text).value


def test_stands_in_first_line() -> None:
    """Each part of a line is in the first one, and one that is missing, too."""
    place = Place.whole(parse_yaml("a.yaml", '{"a": {"b": [1, 2]}}\n'))

    found = [place, place.at("a"), place.at("a", "b", 1), place.at("a", "c")]

    assert [1, 1, 1, 1] == [one.line for one in found]
    assert [1, 1] == list(place.tree.lines_in(place.at("a", "b").value))
