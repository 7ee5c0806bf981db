"""The directory from a folder: loaded whole, reloaded whole, ids kept."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.directory_files import ReloadResult
from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.core.secret import Secret
from daypass.directory.build import Declaration, declare
from daypass.directory.model import Directory
from support.directories import ACCOUNT, account_file
from support.directory_folders import KEYED, PLAIN, FolderPlace
from support.world import SeededEntropy

USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/u"
OTHER = account_file("users: {v: {}}")
FAULTY = account_file("users: {u: {bad: 1}}")


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    """Returns an empty folder."""
    return FolderPlace(tmp_path)


def user_id(directory: Directory, arn: str = USER_ARN) -> str:
    """Returns the unique id of a user."""
    user = directory.user_by_arn(arn)
    assert user is not None
    return user.principal.unique_id


def test_refuses_faulty_folder(place: FolderPlace) -> None:
    """A first load with faults raises all of them, and writes no registry."""
    place.write(FAULTY)
    place.write("[]", "b.yaml")

    assert [
        "a.yaml:2: users.u.bad: there is no such field",
        "b.yaml:1: expected a mapping, found a list",
    ] == place.faults()
    assert not place.registry.exists()


def test_refuses_unresolved_secret(place: FolderPlace) -> None:
    """A secret that cannot be found is a fault where it is referred to."""
    place.write(KEYED)

    id_fault, secret_fault = place.faults()

    assert id_fault.startswith("a.yaml:5: users.u.access_keys[0].id: it cannot be")
    assert secret_fault.startswith("a.yaml:5: users.u.access_keys[0].secret: it cannot")


def test_refuses_id_that_is_no_text(place: FolderPlace) -> None:
    """An access key id of arbitrary bytes is a fault, not an exception."""
    place.write(KEYED)
    (place.secrets / "keys").mkdir(parents=True)
    (place.secrets / "keys/u.id").write_bytes(b"\xff" * 20)
    (place.secrets / "keys/u.secret").write_bytes(b"s" * 40)

    (fault,) = place.faults()

    assert fault.startswith("a.yaml:5: users.u.access_keys[0].id: expected a long-term")


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 2}'])
def test_refuses_damaged_registry(place: FolderPlace, text: str) -> None:
    """A registry that cannot be read is a fault, and is left as it is."""
    place.write(PLAIN)
    place.registry.write_text(text, encoding="utf-8")
    place.registry.chmod(0o600)

    (fault,) = place.faults()

    assert fault.startswith(".: the registry of unique ids cannot be read")
    assert text == place.registry.read_text(encoding="utf-8")


def test_refuses_open_registry(place: FolderPlace) -> None:
    """A registry that others may write is not believed."""
    place.write(PLAIN)
    place.registry.write_text('{"version": 1, "ids": [], "retired": []}')
    place.registry.chmod(0o666)

    (fault,) = place.faults()

    assert "is open to others" in fault


def test_refuses_unwritable_registry(place: FolderPlace) -> None:
    """If a new id cannot be written down, nothing is loaded."""
    place.write(PLAIN)
    place.registry.mkdir()

    (fault,) = place.faults()

    assert fault.startswith(".: the registry of unique ids cannot be")


def test_loads_with_known_ids(place: FolderPlace) -> None:
    """An id, once written down, is that of every later load."""
    place.write(PLAIN)
    first = place.open(seed=1)

    second = place.open(seed=2)

    assert user_id(first.current()) == user_id(second.current())
    assert place.registry.stat().st_mode & 0o777 == 0o600


def test_gives_namesake_new_id(place: FolderPlace) -> None:
    """A user that was absent from a loaded snapshot comes back as another."""
    place.write(PLAIN)
    files = place.open()
    before = user_id(files.current())

    place.write(OTHER)
    files.reload()
    place.write(PLAIN)
    files.reload()

    assert files.current().user_by_id(before) is None
    assert before != user_id(files.current())


def test_keeps_id_through_faulty_edit(place: FolderPlace) -> None:
    """A user that is absent from a faulty edit only keeps its id."""
    place.write(PLAIN)
    files = place.open()
    before = user_id(files.current())

    place.write(OTHER.replace("{v: {}}", "{v: {bad: 1}}"))
    files.reload()
    place.write(PLAIN)
    files.reload()

    assert before == user_id(files.current())


def test_keeps_snapshot_of_faulty_edit(place: FolderPlace) -> None:
    """A faulty edit keeps the snapshot in force, and says what is wrong."""
    place.write(PLAIN)
    files = place.open()
    before = files.current()

    place.write(FAULTY)
    result = files.reload()

    assert before is files.current()
    assert not result.changed
    assert ["a.yaml:2: users.u.bad: there is no such field"] == [
        str(fault) for fault in result.faults
    ]


def test_swaps_snapshot(place: FolderPlace) -> None:
    """A good edit is in force at once, and the old value is as it was."""
    place.write(PLAIN)
    files = place.open()
    before = files.current()

    place.write(OTHER)
    result = files.reload()

    assert ReloadResult(changed=True) == result
    assert files.current().user_by_arn(USER_ARN) is None
    assert before.user_by_arn(USER_ARN) is not None


@pytest.mark.parametrize("text", [PLAIN, KEYED])
def test_tells_unchanged(place: FolderPlace, text: str) -> None:
    """A reload of the same files changes nothing."""
    place.write(text)
    generate_missing_secrets(place.folder, place.secrets, SeededEntropy())

    assert ReloadResult(changed=False) == place.open().reload()


def test_sees_new_secret(place: FolderPlace) -> None:
    """A reload reads secrets anew, even if no file of the folder changed."""
    place.write(KEYED)
    generate_missing_secrets(place.folder, place.secrets, SeededEntropy())
    files = place.open()

    (place.secrets / "keys/u.secret").write_bytes(b"n" * 40)
    result = files.reload()

    (user,) = files.current().users
    assert result.changed
    assert Secret(b"n" * 40) == user.access_keys[0].secret_access_key


def test_retires_without_writing(place: FolderPlace) -> None:
    """A deletion that cannot be written down takes effect, with a warning."""
    place.write(account_file("users: {u: {}, v: {}}"))
    files = place.open()
    shutil.rmtree(place.registry.parent)

    place.write(OTHER)
    result = files.reload()

    assert files.current().user_by_arn(USER_ARN) is None
    assert result.changed
    assert result.warnings == files.warnings
    assert str(result.warnings[0]).startswith(".: the registry of unique ids cannot")


def test_refuses_namesake_without_writing(place: FolderPlace) -> None:
    """A user cannot come back while its new id cannot be written down."""
    place.write(account_file("users: {u: {}, v: {}}"))
    files = place.open()
    shutil.rmtree(place.registry.parent)
    place.write(OTHER)
    files.reload()

    place.write(account_file("users: {u: {}, v: {}}"))
    result = files.reload()

    assert result.faults
    assert files.current().user_by_arn(USER_ARN) is None


def test_restores_lost_registry(place: FolderPlace) -> None:
    """If the registry is deleted, a running process writes it again."""
    place.write(PLAIN)
    files = place.open(seed=1)
    place.registry.unlink()

    files.reload()

    assert user_id(files.current()) == user_id(place.open(seed=2).current())


def test_agrees_between_workers(place: FolderPlace) -> None:
    """Of two workers that see a new user, the second takes the id of the first."""
    place.write(PLAIN)
    one, two = place.open(seed=1), place.open(seed=2)

    place.write(account_file("users: {u: {}, w: {}}"))
    one.reload()
    two.reload()

    arn = USER_ARN.replace("/u", "/w")
    assert user_id(one.current(), arn) == user_id(two.current(), arn)


def test_polls_until_settled(place: FolderPlace) -> None:
    """A change is loaded when it has stood still from one poll to the next."""
    place.write(PLAIN)
    files = place.open()
    assert files.poll() is None

    place.write(OTHER)

    assert files.poll() is None
    assert ReloadResult(changed=True) == files.poll()
    assert files.poll() is None


def test_waits_while_changing(place: FolderPlace) -> None:
    """While files go on changing, nothing is loaded."""
    place.write(PLAIN)
    files = place.open()

    for number in range(3):
        place.write(OTHER, f"{number}.yaml")
        assert files.poll() is None


def test_reports_fault_once(place: FolderPlace) -> None:
    """A faulty edit is reported once, not at every poll."""
    place.write(PLAIN)
    files = place.open()
    place.write(FAULTY)

    results = [files.poll() for _ in range(4)]

    assert [True, False, True, True] == [result is None for result in results]


def test_reports_missing_folder(place: FolderPlace) -> None:
    """A folder that vanishes is a fault, and the snapshot stays."""
    place.write(PLAIN)
    files = place.open()
    place.folder.rename(place.folder.with_name("elsewhere"))

    results = [files.poll() for _ in range(2)]

    assert results[1] is not None
    assert [".: no such file or directory"] == [str(one) for one in results[1].faults]
    assert files.current().user_by_arn(USER_ARN) is not None


async def test_watches(place: FolderPlace) -> None:
    """The watch reloads on a change, and reports."""
    place.write(PLAIN)
    files = place.open()
    reports: asyncio.Queue[ReloadResult] = asyncio.Queue()

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(
            files.watch(report=reports.put_nowait, interval=timedelta(milliseconds=1))
        )
        place.write(OTHER)
        result = await reports.get()
        watch.cancel()

    assert ReloadResult(changed=True) == result
    assert files.current().user_by_arn(USER_ARN) is None


def test_writes_readable_registry(place: FolderPlace) -> None:
    """The registry says in plain JSON who has which id."""
    place.write(PLAIN)
    directory = place.open().current()

    document = json.loads(place.registry.read_text())

    entry = {"arn": USER_ARN, "unique_id": user_id(directory)}
    assert document == {"version": 1, "ids": [entry], "retired": []}


def test_leaves_registry_out(place: FolderPlace) -> None:
    """A registry that stands in the folder is no part of the directory."""
    place.registry = place.folder / "ids.json"
    place.write(PLAIN)

    files = place.open()

    assert files.poll() is None
    assert files.poll() is None
    assert files.current().digest == place.open().current().digest


def test_reload_gives_way(place: FolderPlace) -> None:
    """A reload lets other threads in more often than a first load, and only it does."""
    usual = sys.getswitchinterval()
    seen: list[float] = []

    def read(texts: Mapping[str, str]) -> Declaration:
        seen.append(sys.getswitchinterval())
        return declare(texts)

    place.write(PLAIN)
    files = place.open(declarer=read)
    files.reload()

    assert [usual, pytest.approx(0.001)] == seen
    assert usual == sys.getswitchinterval()
