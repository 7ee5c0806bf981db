"""Access key ids, which carry their account, and unique ids.

SPEC: sts-operations 2.3 and 2.4.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import Final

from daypass.core.arn import is_account_id
from daypass.core.errors import ValidationError
from daypass.core.ports import Entropy

TEMPORARY_KEY_PREFIX: Final = "ASIA"
LONG_TERM_KEY_PREFIX: Final = "AKIA"
ROLE_PREFIX: Final = "AROA"
USER_PREFIX: Final = "AIDA"
GROUP_PREFIX: Final = "AGPA"
POLICY_PREFIX: Final = "ANPA"

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
# The digits of base32 as those of Python's numbers of base 32.
_DIGITS: Final = bytes.maketrans(
    _ALPHABET.encode("ascii"), b"0123456789abcdefghijklmnopqrstuv"
)
# The same, where all other characters become what is no digit.
_ONLY_DIGITS: Final = bytes(
    _DIGITS[code] if chr(code) in _ALPHABET else ord("!") for code in range(256)
)
_KEY: Final = re.compile(r"[A-Z0-9]{4}[A-Z2-7]{16}", re.ASCII)
_UNIQUE_ID: Final = re.compile(r"(AROA|AIDA|AGPA|ANPA)[A-Z2-7]{17}", re.ASCII)
_RANDOM_BITS: Final = 39
_RANDOM_MASK: Final = (1 << _RANDOM_BITS) - 1
_FLAG: Final = 1 << 79
_ACCOUNT_MASK: Final = (1 << 40) - 1
# Two characters of base32 for each ten bits, the highest first.
_PAIRS: Final = tuple(one + other for one in _ALPHABET for other in _ALPHABET)
_PAIR_MASK: Final = (1 << 10) - 1
_HEAD_SHIFTS: Final = (70, 60, 50, 40)
# What an id ends with: the last bit of the account, and the random part.
_LOW_AT: Final = 12
_LOW_CHARACTERS: Final = 8
_LOW_FLAG: Final = 1 << 39
_RANDOM_BYTES: Final = 5
# Of keys whose owners call: each is asked for with every call of a session.
_ACCOUNTS_KEPT: Final = 4_096
_UNIQUE_CHARACTERS: Final = 17
# base64 makes four characters of three bytes: thirty bytes are forty characters.
SECRET_BYTES: Final = 30


def encode_access_key_id(prefix: str, account: str, random: int) -> str:
    """Encodes an access key id.

    Args:
        prefix: four characters, such as `ASIA`.
        account: twelve digits.
        random: any integer; its low 39 bits are used.

    Returns:
        Twenty characters: the prefix, and base32 of a set bit, the account
        number in 40 bits and the random part.
    """
    head, bit = _account_part(account)
    low = bit | (random & _RANDOM_MASK)
    # As `base64.b32encode` does it, which takes several times as long.
    return (
        f"{prefix}{head}{_PAIRS[low >> 30]}{_PAIRS[low >> 20 & _PAIR_MASK]}"
        f"{_PAIRS[low >> 10 & _PAIR_MASK]}{_PAIRS[low & _PAIR_MASK]}"
    )


@lru_cache(maxsize=_ACCOUNTS_KEPT)
def _account_part(account: str) -> tuple[str, int]:
    """Returns the first eight characters, and the bit of the account in the next."""
    number = _FLAG | int(account) << _RANDOM_BITS
    head = "".join([_PAIRS[number >> shift & _PAIR_MASK] for shift in _HEAD_SHIFTS])
    return head, number & 1 << _RANDOM_BITS


def new_access_key_id(prefix: str, account: str, entropy: Entropy) -> str:
    """Draws an access key id; two may be equal, so store with insert-if-absent."""
    random = int.from_bytes(entropy.token_bytes(_RANDOM_BYTES), "big")
    return encode_access_key_id(prefix, account, random)


def number_of_access_key_id(access_key_id: str) -> int | None:
    """Returns the eighty bits behind the prefix of an id, or None if it is none."""
    if _KEY.fullmatch(access_key_id) is None:
        return None
    # As `base64.b32decode` does it, which takes several times as long.
    return int(access_key_id[4:].encode("ascii").translate(_DIGITS), len(_ALPHABET))


def random_of_access_key_id(access_key_id: str, account: str) -> int | None:
    """Returns what tells a temporary id from the others of an account: 39 bits.

    With the account it gives the id again. None where the id is not one that
    `encode_access_key_id` makes for this account with the prefix `ASIA`.
    """
    known = _temporary_part(account)
    if known is None:
        return None
    head, bit = known
    begins, low = access_key_id[:_LOW_AT], access_key_id[_LOW_AT:]
    if begins != head or len(low) != _LOW_CHARACTERS:
        return None
    try:
        number = int(low.encode("ascii").translate(_ONLY_DIGITS), len(_ALPHABET))
    except ValueError:
        # Not of the alphabet.
        return None
    return number ^ bit if number & _LOW_FLAG == bit else None


@lru_cache(maxsize=_ACCOUNTS_KEPT)
def _temporary_part(account: str) -> tuple[str, int] | None:
    """Returns how temporary ids of an account begin, and its bit, or None for none."""
    if not is_account_id(account):
        return None
    head, bit = _account_part(account)
    return TEMPORARY_KEY_PREFIX + head, bit


@lru_cache(maxsize=_ACCOUNTS_KEPT)
def account_of_access_key_id(access_key_id: str) -> str:
    """Returns the twelve-digit account that an access key id carries.

    Raises:
        ValidationError: the id is malformed, or of the old style (fifth
            character `A` to `P`) that carries no account.
    """
    if _KEY.fullmatch(access_key_id) is None:
        raise ValidationError("access_key_shape", message=_NO_ACCOUNT)
    number = int.from_bytes(base64.b32decode(access_key_id[4:]), "big")
    account = f"{(number >> _RANDOM_BITS) & _ACCOUNT_MASK:012d}"
    # NOTE: forty bits hold more than twelve digits do; such an id is not ours.
    if not number & _FLAG or not is_account_id(account):
        raise ValidationError("access_key_without_account", message=_NO_ACCOUNT)
    return account


def new_unique_id(prefix: str, entropy: Entropy) -> str:
    """Draws a unique id: the prefix and seventeen random base32 characters."""
    random = entropy.token_bytes(_UNIQUE_CHARACTERS)
    return prefix + "".join(_ALPHABET[byte & 31] for byte in random)


def is_unique_id(text: str) -> bool:
    """Tells whether the text has the form of a user's, role's or group's id."""
    return _UNIQUE_ID.fullmatch(text) is not None


_NO_ACCOUNT: Final = "The access key ID does not identify an account"
