"""Files that grow, and are cut back after a failed write."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from daypass.adapters.append_file import AppendFile, FileReplacedError
from support.full_disk import full_disk


@pytest.fixture
def file(tmp_path: Path) -> Iterator[AppendFile]:
    """Returns an open file that holds a line."""
    opened = AppendFile(tmp_path / "file")
    opened.append(b"first\n")
    yield opened
    opened.close()


def test_content_grows(file: AppendFile, tmp_path: Path) -> None:
    """What is appended stands behind what was there."""
    file.append(b"second\n")

    assert b"first\nsecond\n" == (tmp_path / "file").read_bytes()
    assert 13 == file.length


def test_writes_are_on_the_disk(file: AppendFile) -> None:
    """The kernel is told to return from a write when data and length are kept."""
    flags = fcntl.fcntl(file.descriptor, fcntl.F_GETFL)

    assert os.O_DSYNC == flags & os.O_DSYNC


def test_torn_write_is_cut_off(file: AppendFile, tmp_path: Path) -> None:
    """A write that the disk refused half-way leaves nothing before the next."""
    with full_disk(10), pytest.raises(OSError, match="too large"):
        file.append(b"much too long\n")

    file.append(b"second\n")

    assert b"first\nsecond\n" == (tmp_path / "file").read_bytes()


def test_close_cuts_off_too(tmp_path: Path) -> None:
    """A torn write is gone when the file has been closed."""
    file = AppendFile(tmp_path / "file")
    with full_disk(3), pytest.raises(OSError, match="too large"):
        file.append(b"long\n")

    file.close()

    assert b"" == (tmp_path / "file").read_bytes()


def test_moved_file_is_noticed(file: AppendFile, tmp_path: Path) -> None:
    """Nothing is written where nobody would look for it."""
    (tmp_path / "file").rename(tmp_path / "moved")

    with pytest.raises(FileReplacedError):
        file.append(b"second\n")

    assert b"first\n" == (tmp_path / "moved").read_bytes()


def test_replaced_file_is_noticed(file: AppendFile, tmp_path: Path) -> None:
    """Another file at the path is not taken for the one that was opened."""
    (tmp_path / "file").unlink()
    (tmp_path / "file").write_bytes(b"other")

    with pytest.raises(FileReplacedError):
        file.append(b"second\n")


@pytest.mark.parametrize(
    ("size", "expected"), [(0, b""), (3, b"st\n"), (6, b"first\n"), (99, b"first\n")]
)
def test_tail_is_the_end(file: AppendFile, size: int, expected: bytes) -> None:
    """The tail is the end of the file, or all of it."""
    assert expected == file.read_tail(size)
