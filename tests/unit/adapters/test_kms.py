"""A folder that wraps keys: bound to the key, the context and every bit.

SPEC: design 7; decision 0036; attacks J57.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from daypass.adapters.kms import FileKms, kms_folder, open_kms
from daypass.adapters.private_files import PrivateFileError, replace_private
from daypass.adapters.system import SystemEntropy
from daypass.core.errors import UnavailableError
from daypass.core.kms import KmsRefusedError, KmsUnavailableError
from daypass.core.secret import Secret

CONTEXT = {"purpose": "test", "deployment": "one"}
DATA_KEY = Secret(SystemEntropy().token_bytes(32))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Returns the folder of a service with two keys."""
    folder = tmp_path / "kms"
    folder.mkdir()
    for key_id in ("first", "second"):
        replace_private(folder / f"{key_id}.key", SystemEntropy().token_bytes(32))
    return folder


@pytest.fixture
def kms(folder: Path) -> FileKms:
    """Returns that service."""
    return FileKms(folder, entropy=SystemEntropy())


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"purpose": "test"},
        {"purpose": "test", "deployment": "two"},
        {"purpose": "test", "deployment": "one", "x": ""},
        # The same letters in other places.
        {"purpose": "testdeployment", "one": ""},
        {"purpos": "etest", "deployment": "one"},
    ],
)
def test_other_context_is_refused(kms: FileKms, context: Mapping[str, str]) -> None:
    """What was wrapped for one context is not unwrapped for another."""
    wrapped = kms.wrap("first", DATA_KEY, context=CONTEXT)

    with pytest.raises(KmsRefusedError):
        kms.unwrap("first", wrapped, context=context)


def test_other_key_is_refused(kms: FileKms, folder: Path) -> None:
    """What one key has wrapped no other unwraps, nor the same key by another name."""
    wrapped = kms.wrap("first", DATA_KEY, context=CONTEXT)
    replace_private(folder / "alias.key", (folder / "first.key").read_bytes())

    for other in ("second", "alias"):
        with pytest.raises(KmsRefusedError):
            kms.unwrap(other, wrapped, context=CONTEXT)


def test_other_service_is_refused(kms: FileKms, tmp_path: Path) -> None:
    """What another service has wrapped under a key of the same id is foreign."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    replace_private(elsewhere / "first.key", SystemEntropy().token_bytes(32))
    foreign = FileKms(elsewhere, entropy=SystemEntropy())

    with pytest.raises(KmsRefusedError):
        kms.unwrap(
            "first", foreign.wrap("first", DATA_KEY, context=CONTEXT), context=CONTEXT
        )


def test_each_changed_bit_is_refused(kms: FileKms) -> None:
    """No bit of what was wrapped can be changed, and no byte left out or added."""
    wrapped = kms.wrap("first", DATA_KEY, context=CONTEXT)
    changed = [
        (int.from_bytes(wrapped, "big") ^ (1 << bit)).to_bytes(len(wrapped), "big")
        for bit in range(8 * len(wrapped))
    ]

    for each in (
        *changed,
        wrapped[:-1],
        wrapped[1:],
        wrapped + b"\0",
        b"",
        wrapped[:20],
    ):
        with pytest.raises(KmsRefusedError):
            kms.unwrap("first", each, context=CONTEXT)


@pytest.mark.parametrize(
    "key_id",
    ["", "third", "../kms/first", "first.key", "a/b", "first\n", "é", "a" * 65],
)
def test_unknown_key_is_refused(kms: FileKms, key_id: str) -> None:
    """A key that is not there wraps nothing, and no id leads out of the folder."""
    with pytest.raises(KmsRefusedError):
        kms.wrap(key_id, DATA_KEY, context=CONTEXT)


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_malformed_key_is_refused(kms: FileKms, folder: Path, size: int) -> None:
    """A key file that does not hold 32 bytes is none; AES would take 16 as well."""
    replace_private(folder / "short.key", b"\x01" * size)

    with pytest.raises(KmsRefusedError, match="32 bytes"):
        kms.wrap("short", DATA_KEY, context=CONTEXT)


def test_open_key_is_refused(kms: FileKms, folder: Path) -> None:
    """A key that others may read wraps nothing."""
    (folder / "first.key").chmod(0o640)

    with pytest.raises(PrivateFileError):
        kms.wrap("first", DATA_KEY, context=CONTEXT)


def test_folder_away_is_unavailable(kms: FileKms, folder: Path) -> None:
    """A folder that is not there, or is none, is a service that does not answer."""
    wrapped = kms.wrap("first", DATA_KEY, context=CONTEXT)
    away = folder.rename(folder.with_name("away"))

    with pytest.raises(KmsUnavailableError) as caught:
        kms.unwrap("first", wrapped, context=CONTEXT)
    folder.write_bytes(b"")
    with pytest.raises(UnavailableError):
        kms.unwrap("first", wrapped, context=CONTEXT)

    assert ("kms_unavailable", str(folder) in caught.value.message) == (
        caught.value.detail,
        True,
    )
    folder.unlink()
    away.rename(folder)
    assert DATA_KEY == kms.unwrap("first", wrapped, context=CONTEXT)


def test_wrapped_key_is_unwrapped(kms: FileKms) -> None:
    """The key and the context unwrap what they wrapped, in whatever order it is named."""
    wrapped = kms.wrap("first", DATA_KEY, context=CONTEXT)
    turned = dict(reversed(CONTEXT.items()))

    assert DATA_KEY == kms.unwrap("first", wrapped, context=turned)
    assert DATA_KEY.reveal() not in wrapped


def test_wrapping_varies(kms: FileKms) -> None:
    """The same key is wrapped differently each time, so that no nonce comes twice."""
    assert 8 == len({kms.wrap("first", DATA_KEY, context=CONTEXT) for _ in range(8)})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/folder",
        "file:folder",
        "file://host/folder",
        "file:///folder?x=1",
        "file:///folder#x",
        "vault://host",
        "FILE",
    ],
)
def test_other_url_is_refused(url: str) -> None:
    """A URL of another kind names no service."""
    with pytest.raises(ValueError, match="file:///FOLDER"):
        open_kms(url, entropy=SystemEntropy())


def test_url_names_a_folder() -> None:
    """The path of the URL is the folder, with what is escaped in it."""
    assert Path("/etc/a b") == kms_folder("file:///etc/a%20b")
