"""Enrols a second factor: a new seed, shown once, and what to add to the directory.

Nothing comes into force here. The declaration that is printed does, when somebody who
may change the directory has put it there; so whoever may enrol is whoever may do that.

SPEC: attacks M13 and M18; sts-operations 2.1.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from daypass.adapters.directory_check import load_unkeyed
from daypass.adapters.directory_folder import read_texts
from daypass.adapters.directory_keys import make_private_folder
from daypass.adapters.private_files import create_private
from daypass.adapters.secrets import seal
from daypass.config import Settings
from daypass.core import mfa_limits as limits
from daypass.core.ports import Clock, Entropy
from daypass.core.secret import Secret
from daypass.directory.build import declare
from daypass.directory.devices import ROOT_DEVICE_NAME, is_device_name
from daypass.directory.entities import Account
from daypass.directory.model import Directory
from daypass.federation.totp import matching_steps, provisioning_uri
from daypass.state import StatePaths, read_master_key

ISSUER: Final = "Daypass"
_CONFIRMATIONS_MAX: Final = 3
_GROUP: Final = 4

Show = Callable[[str], None]
Ask = Callable[[str], str]


class EnrollmentError(ValueError):
    """The device cannot be enrolled; the text says why."""


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A second factor that is to be declared.

    Attributes:
        account_id: the account of its owner.
        account_name: the same for people.
        name: its name in the account.
        user_name: its owner, or None for the root user.
    """

    account_id: str
    account_name: str
    name: str
    user_name: str | None

    @property
    def label(self) -> str:
        """How an authenticator app calls it."""
        return f"{self.user_name or 'root'}@{self.account_name}"

    def declaration(self, seed: str) -> str:
        """Returns what to add to a file of the account.

        Args:
            seed: the reference to the seed, as YAML.
        """
        # In quotes, because a name may be a number or a word that YAML reads otherwise.
        user = f'    user: "{self.user_name}"\n' if self.user_name else ""
        return f'mfa_devices:\n  "{self.name}":\n{user}    seed: {seed}\n'


def plan_device(folder: Path, owner_arn: str, name: str | None) -> NewDevice:
    """Finds out what device a user is to get.

    Args:
        folder: the directory.
        owner_arn: of the user or root user.
        name: how the device is to be called; the user's name unless it is given.

    Raises:
        DirectoryInvalidError: the directory has faults.
        EnrollmentError: there is no such user, or the name cannot be had.
    """
    account, user_name = _owner(load_unkeyed(folder), owner_arn)
    declared = declare(read_texts(folder).texts).devices
    if user_name is None and name not in {None, ROOT_DEVICE_NAME}:
        raise EnrollmentError(f"the root user's device is called {ROOT_DEVICE_NAME}")
    chosen = (user_name or ROOT_DEVICE_NAME) if name is None else name
    if not is_device_name(chosen):
        raise EnrollmentError(f"{chosen!r} is no name of a device")
    if user_name is not None and chosen.casefold() == ROOT_DEVICE_NAME:
        raise EnrollmentError(f"{ROOT_DEVICE_NAME} is kept for the root user's device")
    of_account = [each for each in declared if each.account_id == account.account_id]
    if chosen.casefold() in {each.name.casefold() for each in of_account}:
        raise EnrollmentError(
            f"the account has a device {chosen} already; choose --device-name"
        )
    owned = [each for each in of_account if each.owner_arn == owner_arn]
    if len(owned) >= limits.MFA_DEVICES_PER_USER_MAX:
        raise EnrollmentError(
            f"the user has {limits.MFA_DEVICES_PER_USER_MAX} devices already"
        )
    return NewDevice(account.account_id, account.name, chosen, user_name)


class Enroller:
    """Shows a new seed, has it confirmed, and says what to declare.

    Args:
        settings: where the master key and the folder of secrets are.
        clock: tells which codes are good.
        entropy: draws the seed.
        show: prints lines.
        ask: asks a question and returns the answer.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        entropy: Entropy,
        show: Show,
        ask: Ask,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._entropy = entropy
        self._show = show
        self._ask = ask

    def enroll(
        self, device: NewDevice, *, secret_file: str | None, confirm: bool
    ) -> None:
        """Makes a seed for a device.

        Args:
            device: what is to be declared.
            secret_file: where the seed goes, below the folder of secrets; without it
                the seed is sealed into the declaration.
            confirm: whether two codes in a row have to prove that the app has it.

        Raises:
            EnrollmentError: the file cannot be had, or the codes are wrong.
            StateError: there is no master key.
            OSError: the file cannot be written.
        """
        path = self._secret_path(secret_file)
        # Before anything is shown: without a master key nothing comes of it.
        master_key = read_master_key(self._settings) if path is None else None
        seed = Secret(self._entropy.token_bytes(limits.MFA_SEED_BYTES_MIN))
        text = base64.b32encode(seed.reveal())
        self._present(device, seed, text.decode())
        if confirm:
            self._confirm(seed)
        if master_key is not None:
            sealed = seal(Secret(text), master_key, self._entropy)
            reference = f"{{sealed: {sealed}}}"
        else:
            assert path is not None
            make_private_folder(path.parent)
            create_private(path, text)
            reference = f"{{file: {json.dumps(secret_file)}}}"
        self._show(f"Add to a file of account {device.account_id}:\n")
        self._show(device.declaration(reference))

    def _secret_path(self, secret_file: str | None) -> Path | None:
        if secret_file is None:
            return None
        relative = PurePosixPath(secret_file)
        if relative.is_absolute() or ".." in relative.parts:
            raise EnrollmentError(f"{secret_file} leads out of the folder of secrets")
        path = StatePaths.of(self._settings).secrets / relative
        if path.exists():
            raise EnrollmentError(f"{path} is there already")
        return path

    def _present(self, device: NewDevice, seed: Secret, text: str) -> None:
        uri = provisioning_uri(seed, account_name=device.label, issuer=ISSUER)
        groups = " ".join(
            text[start : start + _GROUP] for start in range(0, len(text), _GROUP)
        )
        self._show("Scan this with an authenticator app. It is shown this once.\n")
        self._show(qr_code(uri))
        self._show(f"{uri.reveal_text()}\n")
        self._show(f"To type by hand: {groups}\n")

    def _confirm(self, seed: Secret) -> None:
        """Asks for two codes in a row, a few times at the most.

        NOTE: attempts are not counted. Who is asked has just been shown the seed.
        """
        for _ in range(_CONFIRMATIONS_MAX):
            steps = self._steps(seed, "The code that the app shows")
            following = self._steps(seed, "The next code, when it changes")
            if any(step + 1 in following for step in steps):
                return
            self._show("These are not two codes in a row of this device.")
        raise EnrollmentError(
            "not confirmed: remove the device from the app, and check its clock"
        )

    def _steps(self, seed: Secret, question: str) -> tuple[int, ...]:
        shown = Secret(self._ask(question).strip())
        return matching_steps(seed, shown, self._clock.now())


def qr_code(text: Secret) -> str:
    """Returns a QR code for a terminal with light letters on a dark ground."""
    drawing = io.StringIO()
    # Nothing but a drawing needs it, and each start would import it.
    import segno  # noqa: PLC0415

    segno.make_qr(text.reveal_text(), error="m").terminal(out=drawing, compact=True)
    return drawing.getvalue()


def _owner(directory: Directory, owner_arn: str) -> tuple[Account, str | None]:
    """Returns the account of a user and its name, which a root user has not."""
    user = directory.user_by_arn(owner_arn)
    if user is not None:
        account = directory.account(user.principal.account_id)
        assert account is not None, "a user is in an account"
        return account, user.principal.name
    for account in directory.accounts:
        if account.root.principal.arn == owner_arn:
            return account, None
    raise EnrollmentError(f"the directory has no user {owner_arn}")
