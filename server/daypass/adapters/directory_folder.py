"""The folder of directory files: listed, and read as one.

Hidden files are left out, and so is whatever is not YAML, JSON or XML. A symbolic link
to a file is followed inside the folder only, which is how a mounted ConfigMap
looks; a link to a folder is refused, for what is behind it would be missing
without a word.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from daypass.core import limits, saml_limits
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.read import JSON_SUFFIX, YAML_SUFFIXES
from daypass.directory.saml_providers import XML_SUFFIX

_SUFFIXES: Final = (*YAML_SUFFIXES, JSON_SUFFIX, XML_SUFFIX)
_HIDDEN: Final = "."
# NOTE: O_NONBLOCK, so that opening a FIFO that was put there does not hang.
_SAFE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_ATTEMPTS_MAX: Final = 3


@dataclass(frozen=True, slots=True, order=True)
class FileMark:
    """What tells two states of a file apart without reading it."""

    name: str
    inode: int
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class FolderTexts:
    """The texts of a folder by name, and the marks of that very state."""

    texts: dict[str, str]
    marks: tuple[FileMark, ...]


def mark_file(name: str, path: Path) -> FileMark:
    """Returns the mark of one file.

    Raises:
        OSError: it cannot be looked at.
    """
    found = path.stat()
    return FileMark(name, found.st_ino, found.st_size, found.st_mtime_ns)


def list_folder(folder: Path, *, omit: Path | None = None) -> tuple[FileMark, ...]:
    """Returns the marks of all files that matter, in order of their names.

    Args:
        folder: the folder.
        omit: a file that may stand in the folder and is no part of the directory.

    Raises:
        DirectoryInvalidError: the folder cannot be listed, or has what it must not.
    """
    root = _root(folder)
    omitted = omit and omit.resolve()
    marks: list[FileMark] = []
    for name, path in _walk(root):
        if path == omitted:
            continue
        try:
            marks.append(mark_file(name, _inside(root, name, path)))
        except OSError as error:
            raise _invalid(name, _words(error)) from error
    return tuple(sorted(marks))


def read_texts(folder: Path, *, omit: Path | None = None) -> FolderTexts:
    """Reads all files that matter, as they stand at one moment.

    Args:
        folder: the folder.
        omit: as in `list_folder`.

    Raises:
        DirectoryInvalidError: a file cannot be read, is too large or not UTF-8, or
            the files change faster than they can be read.
    """
    for _ in range(_ATTEMPTS_MAX):
        marks = list_folder(folder, omit=omit)
        texts = _read(_root(folder), marks)
        if marks == list_folder(folder, omit=omit):
            return FolderTexts(texts, marks)
    raise _invalid("", "the files change while they are read")


def _read(root: Path, marks: tuple[FileMark, ...]) -> dict[str, str]:
    texts: dict[str, str] = {}
    left = limits.DIRECTORY_BYTES_MAX
    for mark in marks:
        try:
            path = _inside(root, mark.name, root / mark.name)
            data = _read_file(path, size_max=_size_max(mark.name))
        except OSError as error:
            raise _invalid(mark.name, _words(error)) from error
        left -= len(data)
        if len(data) > _size_max(mark.name) or left < 0:
            raise _invalid(mark.name, "the file, or all files together, are too large")
        try:
            texts[mark.name] = data.decode("utf-8", errors="strict")
        except UnicodeDecodeError as error:
            raise _invalid(mark.name, "the file is not UTF-8") from error
    return texts


def _size_max(name: str) -> int:
    """Returns how large a file may be; metadata of providers is much of it."""
    if name.endswith(XML_SUFFIX):
        return saml_limits.SAML_METADATA_BYTES_MAX
    return limits.DIRECTORY_FILE_BYTES_MAX


def _read_file(path: Path, *, size_max: int) -> bytes:
    descriptor = os.open(path, _SAFE)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            message = "it is not a regular file"
            raise OSError(message)
        return file.read(size_max + 1)


def _walk(root: Path) -> Iterator[tuple[str, Path]]:
    """Yields the name and path of each file that matters."""
    count = 0
    for parent, folders, files in os.walk(root, onerror=_raise, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        here = Path(parent)
        for name in folders:
            if (here / name).is_symlink():
                relative = (here / name).relative_to(root).as_posix()
                raise _invalid(relative, "a link to a folder is not followed")
        count += len(folders) + len(files)
        if count > limits.DIRECTORY_FILES_MAX:
            raise _invalid("", "the folder holds too many files")
        for name in files:
            if name.endswith(_SUFFIXES) and not name.startswith(_HIDDEN):
                path = here / name
                yield path.relative_to(root).as_posix(), path


def _root(folder: Path) -> Path:
    try:
        root = folder.resolve(strict=True)
    except OSError as error:
        raise _invalid("", _words(error)) from error
    if not root.is_dir():
        raise _invalid("", "it is not a folder")
    return root


def _inside(root: Path, name: str, path: Path) -> Path:
    """Returns the real path of a file, which must be in the folder."""
    real = path.resolve(strict=True)
    if not real.is_relative_to(root):
        raise _invalid(name, "the link leads out of the folder")
    return real


def _raise(error: OSError) -> None:
    raise _invalid("", _words(error)) from error


def _invalid(name: str, reason: str) -> DirectoryInvalidError:
    return DirectoryInvalidError([Fault(name, 0, "", reason)])


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
