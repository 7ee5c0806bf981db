"""Second factors: what is declared of them, and what must be true of them.

A seed is a reference, which an adapter resolves to the text that an authenticator
app takes: base32, in either case, with blanks or hyphens between groups or without,
padded or not. What it resolves to is checked here.

SPEC: sts-operations 1.1 and 2.1; RFC 4226, 4 (R6); attacks M06 and M13.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from daypass.core import mfa_limits as limits
from daypass.core.arn import entity_arn, root_arn
from daypass.core.secret import Secret
from daypass.directory.declared import MfaDevice, SecretReference
from daypass.directory.field_types import LONG_NAME_PATTERN
from daypass.directory.index import DeclaredAccount, FaultLog, Index
from daypass.directory.schema import RawMfaDevice
from daypass.directory.yaml_tree import Place

# SPEC: sts-operations 2.1. The name is kept for the root user's device.
ROOT_DEVICE_NAME: Final = "root-account-mfa-device"

_NAME: Final = re.compile(LONG_NAME_PATTERN, re.ASCII)
_BASE32_GROUP: Final = 8
_NO_USER: Final = "this account has no such user"
_USER_NEEDED: Final = (
    f"expected a user; only {ROOT_DEVICE_NAME}, which is the root user's, has none"
)
_USER_OF_ROOT: Final = (
    f"{ROOT_DEVICE_NAME} is the root user's device: written so, and without a user"
)
_TOO_MANY: Final = f"a user has at most {limits.MFA_DEVICES_PER_USER_MAX} devices"
_SEED_EXPECTED: Final = (
    f"expected a seed in base32 of {8 * limits.MFA_SEED_BYTES_MIN} to"
    f" {8 * limits.MFA_SEED_BYTES_MAX} bits"
)


@dataclass(frozen=True, slots=True)
class DeclaredDevice:
    """A second factor as a file declares it.

    Attributes:
        serial_number: `arn:P:iam::A:mfa/<name>`.
        name: its name in the account.
        account_id: the account.
        owner_arn: of the user or root user whose it is.
        place: where it stands.
        seed: where the shared secret is.
    """

    serial_number: str
    name: str
    account_id: str
    owner_arn: str
    place: Place
    seed: SecretReference


@dataclass(frozen=True, slots=True)
class ResolvedDevice:
    """A second factor whose seed has been resolved to its text."""

    declared: DeclaredDevice
    seed: Secret


def declared_devices(index: Index) -> tuple[DeclaredDevice, ...]:
    """Returns every second factor of a folder that has an owner."""
    return tuple(
        DeclaredDevice(
            serial_number=_serial_number(account, name),
            name=name,
            account_id=account.account_id,
            owner_arn=owner_arn,
            place=place.at("mfa_devices", name),
            seed=raw.seed.reference(),
        )
        for account in index.accounts.values()
        for content, place in account.files
        for name, raw in content.mfa_devices.items()
        if (owner_arn := _owner_arn(account, name, raw, index)) is not None
    )


def check_devices(index: Index, log: FaultLog) -> None:
    """Checks what stands in the files themselves: owners, names, how many."""
    for account in index.accounts.values():
        seen: dict[str, Place] = {}
        for content, place in account.files:
            for name, raw in content.mfa_devices.items():
                where = place.at("mfa_devices", name)
                _check_owner(account, name, raw, where, index=index, log=log)
                other = seen.setdefault(name.casefold(), where)
                if other is not where:
                    log.add(where, f"{other.file}:{other.line} declares this, too")
    counts: Counter[str] = Counter()
    for device in declared_devices(index):
        counts[device.owner_arn] += 1
        if counts[device.owner_arn] > limits.MFA_DEVICES_PER_USER_MAX:
            log.add(device.place, _TOO_MANY)


def devices_by_account(
    devices: Iterable[ResolvedDevice], log: FaultLog
) -> Mapping[str, Mapping[str, MfaDevice]]:
    """Returns the devices of each account by serial number, each seed checked."""
    seeds: dict[bytes, Place] = {}
    made: dict[str, dict[str, MfaDevice]] = {}
    for device in devices:
        declared = device.declared
        where = declared.place.at("seed")
        seed = read_seed(device.seed)
        if seed is None:
            log.add(where, _SEED_EXPECTED)
            continue
        # A code of one would be good once more for the other.
        other = seeds.setdefault(seed.reveal(), where)
        if other is not where:
            log.add(
                where, f"the device at {other.file}:{other.line} has this seed, too"
            )
        of_account = made.setdefault(declared.account_id, {})
        of_account[declared.serial_number] = MfaDevice(
            declared.serial_number, declared.owner_arn, seed
        )
    return made


def is_device_name(text: str) -> bool:
    """Tells whether a device may have this name."""
    return _NAME.fullmatch(text) is not None


def read_seed(text: Secret) -> Secret | None:
    """Returns the bytes of a seed, or None where the text is not one of full size."""
    plain = bytes(byte for byte in text.reveal() if byte not in b" -\t\r\n")
    plain = plain.rstrip(b"=")
    padding = b"=" * (-len(plain) % _BASE32_GROUP)
    try:
        seed = base64.b32decode(plain + padding, casefold=True)
    except (binascii.Error, ValueError):
        return None
    if not limits.MFA_SEED_BYTES_MIN <= len(seed) <= limits.MFA_SEED_BYTES_MAX:
        return None
    return Secret(seed)


def _serial_number(account: DeclaredAccount, name: str) -> str:
    return entity_arn(account.partition, account.account_id, "mfa", "/", name)


def _owner_arn(
    account: DeclaredAccount, name: str, raw: RawMfaDevice, index: Index
) -> str | None:
    """Returns the ARN of a device's owner, or None where it has none."""
    if name == ROOT_DEVICE_NAME:
        return root_arn(account.partition, account.account_id)
    if raw.user is None:
        return None
    user = index.named("user", account.partition, account.account_id, raw.user)
    return user.arn if user is not None else None


def _check_owner(
    account: DeclaredAccount,
    name: str,
    raw: RawMfaDevice,
    where: Place,
    *,
    index: Index,
    log: FaultLog,
) -> None:
    if name.casefold() == ROOT_DEVICE_NAME:
        if raw.user is not None or name != ROOT_DEVICE_NAME:
            log.add(where, _USER_OF_ROOT)
    elif raw.user is None:
        log.add(where, _USER_NEEDED)
    elif _owner_arn(account, name, raw, index) is None:
        log.add_missing(where.at("user"), _NO_USER)
