"""Enrolment shows a seed once, has it confirmed, and says what to declare.

SPEC: attacks M13 and M18.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.directory_keys import make_private_folder
from daypass.adapters.master_key import load_or_create_master_key
from daypass.adapters.secrets import SecretResolver
from daypass.config import Settings
from daypass.core.secret import Secret
from daypass.directory.declared import MfaDevice
from daypass.directory.devices import read_seed
from daypass.directory.fault import DirectoryInvalidError
from daypass.enrollment import Enroller, EnrollmentError, plan_device, qr_code
from daypass.federation.totp import code_of, step_at
from daypass.state import StateError, StatePaths, read_master_key
from support.directories import ACCOUNT, account_file
from support.server_settings import settings_in
from support.surroundings import surroundings
from support.world import ManualClock, SeededEntropy

USER = f"arn:aws:iam::{ACCOUNT}:user/u"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PLAIN = account_file("users: {u: {}}")
PHONE = account_file(
    "users: {u: {}, v: {}}\nmfa_devices:\n  phone: {user: u, seed: {env: A}}"
)
FULL = account_file(
    "users: {u: {}, v: {}}\nmfa_devices:\n"
    + "".join(f"  d{number}: {{user: u, seed: {{env: A}}}}\n" for number in range(8))
)


class Desk:
    """A person at a terminal, who has an app or not.

    Args:
        folder: where the directory and the state are.
    """

    def __init__(self, folder: Path, text: str = PLAIN) -> None:
        self.directory = folder / "directory"
        self.directory.mkdir(exist_ok=True)
        (self.directory / "a.yaml").write_text(text)
        self.settings: Settings = settings_in(
            folder, "--directory", str(self.directory)
        )
        self.clock = ManualClock()
        self.shown: list[str] = []
        self.asked: list[str] = []
        self.answer: Callable[[int], str] = self.code

    @property
    def text(self) -> str:
        """All that was shown."""
        return "\n".join(self.shown)

    @property
    def seed(self) -> Secret:
        """The seed as the app takes it from the URI."""
        found = re.search(r"secret=([A-Z2-7]+)&", self.text)
        assert found is not None
        seed = read_seed(Secret(found[1]))
        assert seed is not None
        return seed

    def code(self, number: int) -> str:
        """Returns the code that the app shows at a question, one step on at each."""
        return code_of(self.seed, step_at(self.clock.now()) + number % 2).reveal_text()

    def ask(self, question: str) -> str:
        """Answers a question."""
        self.asked.append(question)
        return self.answer(len(self.asked) - 1)

    def enroll(
        self,
        owner_arn: str = USER,
        *,
        name: str | None = None,
        secret_file: str | None = None,
        confirm: bool = True,
    ) -> None:
        """Enrols a device."""
        Enroller(
            self.settings,
            clock=self.clock,
            entropy=SeededEntropy(3),
            show=self.shown.append,
            ask=self.ask,
        ).enroll(
            plan_device(self.directory, owner_arn, name),
            secret_file=secret_file,
            confirm=confirm,
        )

    def declared(self) -> MfaDevice:
        """Puts what was printed into the directory, and returns what comes of it."""
        declaration = self.text[self.text.index("mfa_devices:") :]
        (self.directory / "a.yaml").write_text(f"{PLAIN}\n{declaration}")
        paths = StatePaths.of(self.settings)
        account = (
            DirectoryFiles.open(
                folder=self.directory,
                registry=paths.unique_ids,
                secrets=SecretResolver(
                    folder=paths.secrets,
                    environment={},
                    master_key=read_master_key(self.settings),
                ),
                entropy=SeededEntropy(),
            )
            .current()
            .account(ACCOUNT)
        )
        assert account is not None
        (device,) = account.mfa_devices.values()
        return device


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Yields a desk with a master key."""
    with surroundings(tmp_path):
        desk = Desk(tmp_path)
        paths = StatePaths.of(desk.settings)
        make_private_folder(paths.secrets)
        load_or_create_master_key(paths.master_key, entropy=SeededEntropy())
        yield desk


@pytest.mark.parametrize(
    ("text", "owner", "name", "reason"),
    [
        (PLAIN, f"{USER}x", None, "has no user"),
        (PLAIN, "u", None, "has no user"),
        (PLAIN, f"arn:aws:iam::{ACCOUNT}:role/u", None, "has no user"),
        (PLAIN, "arn:aws:iam::999999999999:root", None, "has no user"),
        (PLAIN, USER, "a b", "is no name"),
        (PLAIN, USER, "", "is no name"),
        (PLAIN, USER, "a" * 129, "is no name"),
        (PLAIN, USER, "root-account-mfa-device", "is kept for the root user's"),
        (PLAIN, USER, "Root-Account-MFA-Device", "is kept for the root user's"),
        (PLAIN, ROOT, "phone", "is called root-account-mfa-device"),
        (PHONE, USER, "phone", "has a device phone already"),
        (PHONE, f"{USER[:-1]}v", "Phone", "has a device Phone already"),
        (FULL, USER, None, "has 8 devices already"),
    ],
)
def test_refuses_plan(
    desk: Desk, text: str, owner: str, name: str | None, reason: str
) -> None:
    """Nobody's device, and a name that is taken or no name, are refused (M18)."""
    (desk.directory / "a.yaml").write_text(text)

    with pytest.raises(EnrollmentError) as caught:
        desk.enroll(owner, name=name)

    assert reason in str(caught.value)
    assert [] == desk.shown


def test_refuses_faulty_directory(desk: Desk) -> None:
    """A directory with faults is told, and no seed is made."""
    (desk.directory / "a.yaml").write_text(f"{PLAIN}x: y\n")

    with pytest.raises(DirectoryInvalidError):
        desk.enroll()


def test_refuses_without_master_key(tmp_path: Path) -> None:
    """Without a master key nothing is shown that could not be sealed then."""
    with surroundings(tmp_path):
        desk = Desk(tmp_path)

        with pytest.raises(StateError):
            desk.enroll()

        assert [] == desk.shown


@pytest.mark.parametrize("path", ["/etc/seed", "../seed", "a/../../seed"])
def test_refuses_file_elsewhere(desk: Desk, path: str) -> None:
    """A seed is written below the folder of secrets only."""
    with pytest.raises(EnrollmentError):
        desk.enroll(secret_file=path)

    assert [] == desk.shown


def test_replaces_no_file(desk: Desk) -> None:
    """A file that is there stays, so that of two enrolments one has it (M18)."""
    desk.enroll(secret_file="keys/u.seed")
    path = StatePaths.of(desk.settings).secrets / "keys/u.seed"
    before = path.read_bytes()

    with pytest.raises(EnrollmentError):
        desk.enroll(secret_file="keys/u.seed")

    assert before == path.read_bytes()


@pytest.mark.parametrize("offsets", [(0, 0), (1, 0), (0, 2), (0, 9), (9, 10)])
def test_other_codes_do_not_confirm(desk: Desk, offsets: tuple[int, int]) -> None:
    """Codes that do not follow each other, or are not good now, confirm nothing (M18)."""
    step = step_at(desk.clock.now())
    desk.answer = lambda number: code_of(
        desk.seed, step + offsets[number % 2]
    ).reveal_text()

    with pytest.raises(EnrollmentError) as caught:
        desk.enroll(secret_file="keys/u.seed")

    assert "not confirmed" in str(caught.value)
    assert 6 == len(desk.asked)
    assert "mfa_devices:" not in desk.text
    assert not (StatePaths.of(desk.settings).secrets / "keys").exists()


@pytest.mark.parametrize("answer", ["", "12345", "1234567", "abcdef", "１２３４５６"])  # noqa: RUF001
def test_other_words_do_not_confirm(desk: Desk, answer: str) -> None:
    """What is no code confirms nothing."""
    desk.answer = lambda _: answer

    with pytest.raises(EnrollmentError):
        desk.enroll()


def test_second_try_confirms(desk: Desk) -> None:
    """A slip of the fingers is told, and the next two codes count."""
    desk.answer = lambda number: "000000" if number == 0 else desk.code(number)

    desk.enroll()

    assert 4 == len(desk.asked)
    assert "These are not two codes in a row of this device." in desk.shown


def test_clock_moves_between_codes(desk: Desk) -> None:
    """The codes are those of when they are shown, half a minute apart."""

    def answer(number: int) -> str:
        if number == 1:
            desk.clock.advance(timedelta(seconds=30))
        return code_of(desk.seed, step_at(desk.clock.now())).reveal_text()

    desk.answer = answer

    desk.enroll()

    assert 2 == len(desk.asked)


def test_sealed_seed(desk: Desk) -> None:
    """What is printed declares the device, with the seed sealed (M13)."""
    desk.enroll(name="phone")

    device = desk.declared()
    assert (f"arn:aws:iam::{ACCOUNT}:mfa/phone", USER) == (
        device.serial_number,
        device.owner_arn,
    )
    assert desk.seed == device.seed
    assert 20 == len(device.seed.reveal())


def test_seed_in_file(desk: Desk) -> None:
    """With a file named, the seed is written there for its owner only."""
    desk.enroll(secret_file="keys/u.seed")

    path = StatePaths.of(desk.settings).secrets / "keys/u.seed"
    assert 0o600 == path.stat().st_mode & 0o777
    assert 0o700 == path.parent.stat().st_mode & 0o777
    assert '    seed: {file: "keys/u.seed"}\n' in desk.text
    assert desk.seed == desk.declared().seed


def test_name_that_is_a_number(desk: Desk) -> None:
    """A name that YAML would read as a number is printed as a name."""
    desk.enroll(name="0815", confirm=False)

    assert f"arn:aws:iam::{ACCOUNT}:mfa/0815" == desk.declared().serial_number


def test_device_of_root(desk: Desk) -> None:
    """A root user's device has its own name, and no user."""
    desk.enroll(ROOT)

    assert ROOT == desk.declared().owner_arn


def test_without_confirmation(desk: Desk) -> None:
    """Asked not to, it asks nothing."""
    desk.enroll(confirm=False)

    assert [] == desk.asked
    assert desk.seed == desk.declared().seed


def test_shown_once(desk: Desk) -> None:
    """The URI names user and account; the declaration holds nothing of the seed."""
    desk.enroll()

    before, declaration = desk.text.split("mfa_devices:")
    assert "otpauth://totp/Daypass:u%40Test?" in before
    assert "█" in before
    grouped = re.search(r"To type by hand: ([A-Z2-7 ]+)", before)
    assert grouped is not None
    assert desk.seed == read_seed(Secret(grouped[1]))
    assert grouped[1].replace(" ", "") not in declaration


def test_qr_code_is_square() -> None:
    """A QR code is as wide as it is high, two rows a line, with a light border."""
    lines = qr_code(Secret("otpauth://totp/a?secret=b")).splitlines()

    assert {len(lines[0])} == {len(line) for line in lines}
    assert len(lines) == (len(lines[0]) + 1) // 2
    assert {"█"} == set(lines[0])
