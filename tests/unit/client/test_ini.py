"""The files of the AWS SDKs are read as botocore reads them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from botocore.configloader import raw_config_parse
from hypothesis import given
from hypothesis import strategies as st

from daypass_client import ConfigurationError
from daypass_client.profiles.ini import parse_sections

SECRET = "correct-horse-battery"

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,12}", fullmatch=True)
keys = st.from_regex(r"[a-z][a-z_]{0,12}", fullmatch=True)
values = st.from_regex(
    r"[A-Za-z0-9/+][A-Za-z0-9/+=#;:. -]{0,20}[A-Za-z0-9]", fullmatch=True
)
files = st.dictionaries(names, st.dictionaries(keys, values, max_size=4), max_size=4)


@given(files, st.sampled_from(["=", " = ", "=  "]), st.sampled_from(["\n", "\r\n"]))
def test_files_are_read_as_by_botocore(
    sections: dict[str, dict[str, str]], equals: str, end: str
) -> None:
    """Sections, keys and values are those that botocore finds."""
    text = ""
    for name, entries in sections.items():
        text += f"[{name}]{end}# a remark{end}; another{end}{end}"
        text += "".join(f"{key}{equals}{value}{end}" for key, value in entries.items())

    found = {
        section.name: {key: entry.text for key, entry in section.entries.items()}
        for section in parse_sections(text, "config")
    }

    with TemporaryDirectory() as folder:
        path = Path(folder, "config")
        path.write_bytes(text.encode())
        assert raw_config_parse(str(path)) == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"[dev\nkey = {SECRET}", 1),
        ("[]\n", 1),
        ("[dev] rest\n", 1),
        (f"\n\n{SECRET} = x", 3),
        (f"[dev]\n{SECRET}\n", 2),
        (f"[dev]\n= {SECRET}\n", 2),
        (f"[dev]\nkey = x\n  more = {SECRET}\n", 3),
        (f"[dev]\nkey = x\nkey = {SECRET}\n", 3),
        ("[dev]\n[qa]\n[dev]\n", 3),
    ],
)
def test_malformed_line_is_named(text: str, line: int) -> None:
    """A malformed file is refused with its line, and the line is not shown."""
    with pytest.raises(ConfigurationError) as caught:
        parse_sections(text, "credentials")

    assert ("credentials", line) == (caught.value.file, caught.value.line)
    assert str(caught.value).startswith(f"credentials:{line}: ")
    assert SECRET not in str(caught.value)


def test_nested_settings_are_passed_over() -> None:
    """Settings below a key without a value belong to other services."""
    text = "[dev]\ns3 =\n  max_queue_size = 5\n  more\nregion = eu-west-1\n"

    (section,) = parse_sections(text, "config")

    assert {"s3", "region"} == set(section.entries)


def test_indented_section_is_read() -> None:
    """Keys that are all indented alike are keys."""
    (section,) = parse_sections("[dev]\n  region = x\n  output = json\n", "config")

    assert {"region", "output"} == set(section.entries)


def test_entry_does_not_show_its_value() -> None:
    """The repr of a value in a file does not show it."""
    (section,) = parse_sections(f"[dev]\nkey = {SECRET}\n", "credentials")

    assert SECRET not in repr(section)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text gets anything but sections or a refusal."""
    try:
        sections = parse_sections(text, "config")
    except ConfigurationError as error:
        assert error.line is not None  # noqa: PT017 - either outcome is right.
    else:
        assert all(section.name for section in sections)
