"""A wrapped master key as text, and when one that is not wrapped is taken."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from daypass.adapters.kms import FileKms
from daypass.adapters.master_key import (
    MasterKeyError,
    load_master_key,
    load_or_create_master_key,
    parse_master_key,
    rewrap_master_key,
)
from daypass.adapters.private_files import replace_private
from daypass.adapters.system import SystemEntropy
from daypass.adapters.wrapped_key import WrappedKeyError, Wrapping, is_wrapped
from daypass.core.kms import KmsUnavailableError
from daypass.core.secret import Secret

ENTROPY = SystemEntropy()


@pytest.fixture
def wrapping(tmp_path: Path) -> Wrapping:
    """Returns what wraps under the first of two keys."""
    folder = tmp_path / "kms"
    folder.mkdir()
    for key_id in ("first", "second"):
        replace_private(folder / f"{key_id}.key", ENTROPY.token_bytes(32))
    return Wrapping(FileKms(folder, entropy=ENTROPY), "first")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the master key is."""
    return tmp_path / "master.key"


class OtherKms:
    """A service that unwraps something else than it wrapped."""

    def __init__(self, plain: bytes) -> None:
        self._plain = plain

    def wrap(
        self, key_id: str, data_key: Secret, *, context: Mapping[str, str]
    ) -> bytes:
        """Returns something."""
        del key_id, data_key, context
        return b"wrapped"

    def unwrap(
        self, key_id: str, wrapped: bytes, *, context: Mapping[str, str]
    ) -> Secret:
        """Returns what it was told."""
        del key_id, wrapped, context
        return Secret(self._plain)


def _file(path: Path, wrapping: Wrapping) -> Secret:
    """Makes a master key that is wrapped."""
    return load_or_create_master_key(path, entropy=ENTROPY, wrapping=wrapping)


def test_wrapped_key_needs_the_service(path: Path, wrapping: Wrapping) -> None:
    """Without the service a wrapped key opens nothing, and the error says what to do."""
    _file(path, wrapping)

    with pytest.raises(MasterKeyError, match="is wrapped: name the key management"):
        load_master_key(path)
    with pytest.raises(MasterKeyError, match="is wrapped"):
        parse_master_key(path.read_text())


def test_service_away(path: Path, wrapping: Wrapping, tmp_path: Path) -> None:
    """While the service is away a wrapped key is not read, and none is made."""
    _file(path, wrapping)
    (tmp_path / "kms").rename(tmp_path / "away")

    with pytest.raises(KmsUnavailableError):
        load_master_key(path, wrapping=wrapping)
    with pytest.raises(KmsUnavailableError):
        load_or_create_master_key(
            tmp_path / "other", entropy=ENTROPY, wrapping=wrapping
        )
    assert not (tmp_path / "other").exists()


def test_plain_key_is_refused(path: Path, wrapping: Wrapping) -> None:
    """With a service a master key in clear is refused, unless it is being replaced."""
    plain = load_or_create_master_key(path, entropy=ENTROPY)
    text = base64.b64encode(plain.reveal()).decode()

    with pytest.raises(MasterKeyError, match="is not wrapped"):
        load_master_key(path, wrapping=wrapping)
    with pytest.raises(MasterKeyError, match="is not wrapped"):
        parse_master_key(text, wrapping=wrapping)
    changing = replace(wrapping, plain_allowed=True)
    assert plain == load_master_key(path, wrapping=changing)
    assert plain == parse_master_key(text, wrapping=changing)


def test_other_deployment_is_refused(path: Path, wrapping: Wrapping) -> None:
    """A master key of another deployment under the same service is foreign."""
    _file(path, wrapping)

    with pytest.raises(WrappedKeyError):
        load_master_key(path, wrapping=replace(wrapping, deployment="other"))


@pytest.mark.parametrize(
    "change",
    [
        lambda words: [words[0], "second", words[2]],
        lambda words: [words[0], "", words[2]],
        lambda words: words[:2],
        lambda words: [*words, "x"],
        lambda words: [words[0] + "0", *words[1:]],
        lambda words: [*words[:2], words[2][:-4]],
        lambda words: [*words[:2], "A" + words[2]],
        lambda words: [*words[:2], "é"],
        lambda words: [*words[:2], ""],
        lambda words: [words[0], "first\t", words[2]],
    ],
)
def test_changed_text_is_refused(
    change: object, path: Path, wrapping: Wrapping
) -> None:
    """A text with another id, or less or more in it, is refused and not quoted."""
    _file(path, wrapping)
    assert callable(change)
    text = " ".join(change(path.read_text().strip().split(" ")))

    with pytest.raises(WrappedKeyError) as caught:
        parse_master_key(text, wrapping=wrapping)

    assert text not in str(caught.value)


def test_key_is_made_wrapped(path: Path, wrapping: Wrapping) -> None:
    """A master key that is made rests wrapped, and is the same each time it is read."""
    made = _file(path, wrapping)
    text = path.read_bytes()

    assert is_wrapped(text)
    assert made.reveal() not in text
    assert 0o600 == path.stat().st_mode & 0o777
    assert made == _file(path, wrapping) == load_master_key(path, wrapping=wrapping)
    assert made == parse_master_key(text.decode(), wrapping=wrapping)


def test_reading_needs_no_key_id(path: Path, wrapping: Wrapping) -> None:
    """The text says which key has wrapped it; only wrapping needs one to be named."""
    made = _file(path, wrapping)
    reading = replace(wrapping, key_id=None)

    assert made == load_master_key(path, wrapping=reading)
    with pytest.raises(WrappedKeyError, match="kms_key_id"):
        rewrap_master_key(path, reading)


def test_rewrapped_key_is_the_same(
    path: Path, wrapping: Wrapping, tmp_path: Path
) -> None:
    """Wrapped under another key it is the same master key, and the old key may go."""
    made = _file(path, wrapping)

    rewrap_master_key(path, replace(wrapping, key_id="second"))
    (tmp_path / "kms" / "first.key").unlink()

    assert made == load_master_key(path, wrapping=wrapping)


def test_plain_key_is_wrapped_in_place(path: Path, wrapping: Wrapping) -> None:
    """A master key in clear can be wrapped where it is."""
    plain = load_or_create_master_key(path, entropy=ENTROPY)

    rewrap_master_key(path, replace(wrapping, plain_allowed=True))

    assert plain == load_master_key(path, wrapping=wrapping)
    assert is_wrapped(path.read_bytes())


def test_failed_wrapping_replaces_nothing(path: Path, wrapping: Wrapping) -> None:
    """What cannot be wrapped, or not be unwrapped again, leaves the file as it was."""
    load_or_create_master_key(path, entropy=ENTROPY)
    before = path.read_bytes()
    changing = replace(wrapping, plain_allowed=True)

    for failing in (
        replace(changing, key_id="third"),
        replace(changing, kms=OtherKms(b"\x01" * 32)),
        replace(changing, kms=OtherKms(b"\x01" * 16)),
    ):
        with pytest.raises(WrappedKeyError):
            rewrap_master_key(path, failing)

    assert before == path.read_bytes()
