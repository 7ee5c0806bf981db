"""The master key."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daypass.adapters.master_key import (
    MasterKeyError,
    load_master_key,
    load_or_create_master_key,
    parse_master_key,
)
from daypass.adapters.private_files import PrivateFileError, replace_private
from daypass.adapters.system import SystemEntropy
from daypass.core.secret import Secret
from support.world import SeededEntropy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the key is."""
    return tmp_path / "master.key"


@pytest.mark.parametrize("size", [0, 31, 33, 64, 1000])
def test_wrong_length_is_refused(path: Path, size: int) -> None:
    """A file that does not hold exactly 32 bytes holds no key."""
    replace_private(path, b"\x01" * size)

    with pytest.raises(ValueError, match="bytes"):
        load_master_key(path)


def test_right_length_is_read(path: Path) -> None:
    """Thirty-two bytes are the key as they are."""
    data = SystemEntropy().token_bytes(32)
    replace_private(path, data)

    assert Secret(data) == load_master_key(path)


def test_missing_key_is_missing(path: Path) -> None:
    """Loading does not make a key."""
    with pytest.raises(FileNotFoundError):
        load_master_key(path)


def test_open_to_others_is_refused(path: Path) -> None:
    """A key that others may read is not used, and not replaced."""
    replace_private(path, b"\x01" * 32)
    path.chmod(0o644)

    with pytest.raises(PrivateFileError):
        load_or_create_master_key(path, entropy=SeededEntropy())

    assert b"\x01" * 32 == path.read_bytes()


def test_link_is_refused(path: Path) -> None:
    """A key that is a symbolic link is not used, also where it leads nowhere."""
    path.symlink_to(path.with_name("elsewhere"))

    with pytest.raises(PrivateFileError):
        load_or_create_master_key(path, entropy=SeededEntropy())


def test_key_is_made_once(path: Path) -> None:
    """The first call makes the key, and the next one reads the same."""
    made = load_or_create_master_key(path, entropy=SeededEntropy(1))

    assert made == load_or_create_master_key(path, entropy=SeededEntropy(2))
    assert 0o600 == path.stat().st_mode & 0o777


def test_racing_makers_agree(path: Path) -> None:
    """Of many who make the key at once, all have the same."""
    entropy = SystemEntropy()
    with ThreadPoolExecutor(8) as pool:
        keys = list(
            pool.map(
                lambda _: load_or_create_master_key(path, entropy=entropy), range(32)
            )
        )

    assert all(key == keys[0] for key in keys)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "short",
        base64.b64encode(b"\x01" * 31).decode(),
        base64.b64encode(b"\x01" * 33).decode(),
        base64.b64encode(b"\x01" * 32).decode()[:-1],
        base64.b64encode(b"\x01" * 32).decode() + "!",
        "é" * 44,
    ],
)
def test_bad_text_is_refused(text: str) -> None:
    """Text that is not 32 bytes in base64 is no key, and is not quoted."""
    with pytest.raises(MasterKeyError) as caught:
        parse_master_key(text)

    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("end", ["", "\n"])
def test_good_text_is_read(end: str) -> None:
    """Base64 of 32 bytes is a key, with or without a line end."""
    data = SystemEntropy().token_bytes(32)

    assert Secret(data) == parse_master_key(base64.b64encode(data).decode() + end)
