"""Secrets by reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from daypass.adapters.private_files import PrivateFileError, replace_private
from daypass.adapters.secrets import SecretResolver, SecretUnusableError, seal, unseal
from daypass.adapters.system import SystemEntropy
from daypass.core import limits
from daypass.core.secret import Secret
from daypass.directory.declared import SecretReference, SecretSource
from support.world import SeededEntropy

# Seeded, so that every worker of a test run names its cases alike.
ENTROPY = SeededEntropy(5)
KEY = Secret(ENTROPY.token_bytes(32))
OTHER_KEY = Secret(ENTROPY.token_bytes(32))
SEALED = seal(Secret("canary"), KEY, ENTROPY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Returns the folder of secrets, beside a secret that is not in it."""
    made = tmp_path / "secrets"
    (made / "inner").mkdir(parents=True)
    replace_private(made / "inner" / "one", b"from-file\n")
    replace_private(tmp_path / "outside", b"outside")
    return made


@pytest.fixture
def resolver(folder: Path) -> SecretResolver:
    """Returns a resolver with an environment and a master key."""
    environment = {"GIVEN": "from-environment", "EMPTY": ""}
    return SecretResolver(folder=folder, environment=environment, master_key=KEY)


def in_file(path: str) -> SecretReference:
    """Returns a reference to a file."""
    return SecretReference(SecretSource.FILE, path)


def in_environment(name: str) -> SecretReference:
    """Returns a reference to the environment."""
    return SecretReference(SecretSource.ENVIRONMENT, name)


@pytest.mark.parametrize("name", ["ABSENT", "EMPTY", "", "given"])
def test_absent_variable_is_refused(resolver: SecretResolver, name: str) -> None:
    """A variable that is not there, or holds nothing, is no secret."""
    with pytest.raises(SecretUnusableError):
        resolver.resolve(in_environment(name))


def test_variable_is_found(resolver: SecretResolver) -> None:
    """A variable of the environment that was handed in is a secret."""
    assert Secret("from-environment") == resolver.resolve(in_environment("GIVEN"))


@pytest.mark.parametrize(
    "path",
    ["../outside", "inner/../../outside", "link", "linked/outside", "inner/\0one", ""],
)
def test_path_stays_below_the_folder(
    resolver: SecretResolver, folder: Path, path: str
) -> None:
    """A path that leads out, by its parts or by a link, is refused."""
    (folder / "link").symlink_to(folder.parent / "outside")
    (folder / "linked").symlink_to(folder.parent)

    with pytest.raises(ValueError, match=r"leads out|no path|regular"):
        resolver.resolve(in_file(path))


def test_absolute_path_is_refused(resolver: SecretResolver, folder: Path) -> None:
    """An absolute path is refused, also where it leads into the folder."""
    with pytest.raises(SecretUnusableError):
        resolver.resolve(in_file(str(folder / "inner" / "one")))


def test_missing_file_is_missing(resolver: SecretResolver) -> None:
    """A file that is not there is an error of the disk."""
    with pytest.raises(FileNotFoundError):
        resolver.resolve(in_file("inner/none"))


def test_open_to_others_is_refused(resolver: SecretResolver, folder: Path) -> None:
    """A file that others may read holds no secret."""
    (folder / "inner" / "one").chmod(0o644)

    with pytest.raises(PrivateFileError):
        resolver.resolve(in_file("inner/one"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a", b"a"),
        (b"a\n", b"a"),
        (b"a\r\n", b"a"),
        (b"a\n\n", b"a\n"),
        (b" a ", b" a "),
    ],
)
def test_file_without_its_line_end(
    resolver: SecretResolver, folder: Path, content: bytes, expected: bytes
) -> None:
    """A secret is the content of the file without one line end."""
    replace_private(folder / "two", content)

    assert Secret(expected) == resolver.resolve(in_file("two"))


def test_link_inside_is_followed(resolver: SecretResolver, folder: Path) -> None:
    """A link that stays in the folder leads to its secret, as mounted secrets do."""
    (folder / "link").symlink_to("inner/one")

    assert Secret("from-file") == resolver.resolve(in_file("link"))


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_empty_file_is_refused(
    resolver: SecretResolver, folder: Path, content: bytes
) -> None:
    """A file that holds nothing is no secret."""
    replace_private(folder / "two", content)

    with pytest.raises(SecretUnusableError):
        resolver.resolve(in_file("two"))


def test_sealed_needs_a_master_key(folder: Path) -> None:
    """Without a master key nothing sealed is opened."""
    resolver = SecretResolver(folder=folder, environment={})

    with pytest.raises(SecretUnusableError):
        resolver.resolve(SecretReference(SecretSource.SEALED, SEALED))


def test_sealed_is_opened(resolver: SecretResolver) -> None:
    """A sealed secret comes back under its master key."""
    found = resolver.resolve(SecretReference(SecretSource.SEALED, SEALED))

    assert Secret("canary") == found


def test_sealed_under_another_key_is_refused() -> None:
    """Another master key does not open it."""
    with pytest.raises(SecretUnusableError):
        unseal(SEALED, OTHER_KEY)


@pytest.mark.parametrize("index", range(len(SEALED) - 1))
def test_changed_character_is_refused(index: int) -> None:
    """A sealed secret with any one character changed is refused."""
    changed = "A" if SEALED[index] != "A" else "B"

    with pytest.raises(SecretUnusableError):
        unseal(SEALED[:index] + changed + SEALED[index + 1 :], KEY)


@pytest.mark.parametrize(
    "text", ["", "v1.", "v1.AAAA", "v2." + SEALED[3:], SEALED[:-4]]
)
def test_malformed_is_refused(text: str) -> None:
    """Text that is no sealed secret is refused, and is not quoted."""
    with pytest.raises(SecretUnusableError) as caught:
        unseal(text, KEY)

    assert not text or text not in str(caught.value)


def test_sealing_twice_differs() -> None:
    """The same secret is sealed into another text each time."""
    assert seal(Secret("canary"), KEY, SystemEntropy()) != SEALED


@pytest.mark.parametrize(("extra", "is_fine"), [(1, False), (0, True)])
def test_size_is_bounded(*, extra: int, is_fine: bool) -> None:
    """A secret at the bound is sealed; one byte more, or none, is refused."""
    secret = Secret(b"x" * (limits.SECRET_FILE_BYTES_MAX + extra))

    if is_fine:
        assert secret == unseal(seal(secret, KEY, SystemEntropy()), KEY)
        return
    for refused in (secret, Secret(b"")):
        with pytest.raises(SecretUnusableError):
            seal(refused, KEY, SystemEntropy())


def test_short_master_key_is_refused() -> None:
    """A key of another length seals nothing."""
    with pytest.raises(SecretUnusableError):
        seal(Secret("canary"), Secret(b"\x01" * 16), SystemEntropy())


@pytest.mark.parametrize("reference", [in_environment("EMPTY"), in_file("inner/none")])
def test_errors_hold_no_secret(
    resolver: SecretResolver, reference: SecretReference
) -> None:
    """What is raised shows names and not values."""
    with pytest.raises((OSError, ValueError)) as caught:
        resolver.resolve(reference)

    assert "from-" not in str(caught.value)
