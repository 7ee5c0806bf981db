"""The values of conditions that are more than text.

SPEC: policy-language 5. Each reader takes text as it stands in a policy or a
request and returns a value that compares exactly, or None for what it cannot read.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from daypass.core import limits
from daypass.policy.folding import fold_ascii

_NUMBER: Final = re.compile(
    r"[+-]?(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,4})?"
)
_EPOCH: Final = re.compile(r"[0-9]{1,3}|[0-9]{5,19}")
_EPOCH_MAX: Final = 2**63 - 1
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_TIME: Final = re.compile(
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]++))?)?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_SECONDS_A_DAY: Final = 86_400
_SECONDS_AN_HOUR: Final = 3_600
_SECONDS_A_MINUTE: Final = 60
_BOOLEANS: Final = {"true": True, "false": False}
_HOURS: Final = 24
_MINUTES: Final = 60

# Seconds since 1970, and the digits of the fraction without trailing zeros. Two
# such pairs compare as the instants do, to any number of digits.
Instant = tuple[int, str]


def read_number(text: str) -> Decimal | None:
    """Reads a finite decimal: sign, digits, fraction, exponent."""
    if len(text) > limits.POLICY_NUMBER_CHARACTERS_MAX or not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    within = abs(number.adjusted()) <= limits.POLICY_NUMBER_EXPONENT_MAX
    return number if within else None


def read_instant(text: str) -> Instant | None:
    """Reads an ISO 8601 date or time, or whole seconds since 1970.

    Four digits are a year. Missing parts mean the first instant, in UTC.
    """
    day_text, mark, time_text = text.partition("T")
    day = _read_day(day_text)
    if day is None:
        seconds = _EPOCH.fullmatch(text)
        return (int(text), "") if seconds and int(text) <= _EPOCH_MAX else None
    if not mark:
        return day * _SECONDS_A_DAY, ""
    # A time of day needs the whole date before it.
    time = _read_time(time_text) if len(day_text) == len("YYYY-MM-DD") else None
    return (day * _SECONDS_A_DAY + time[0], time[1]) if time else None


def _read_day(text: str) -> int | None:
    """Reads a date as a number of days since 1970."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = map(int, match.groups("1"))
    try:
        return date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


def _read_time(text: str) -> Instant | None:
    """Reads a time of day with its zone, as an instant of the first day."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second, fraction, sign, zone_hour, zone_minute = match.groups("0")
    if max(int(hour), int(zone_hour)) >= _HOURS:
        return None
    if max(int(minute), int(second), int(zone_minute)) >= _MINUTES:
        return None
    ahead = _seconds(zone_hour, zone_minute)
    local = _seconds(hour, minute) + int(second)
    return local + (ahead if sign == "-" else -ahead), fraction.rstrip("0")


def _seconds(hours: str, minutes: str) -> int:
    return int(hours) * _SECONDS_AN_HOUR + int(minutes) * _SECONDS_A_MINUTE


def read_boolean(text: str) -> bool | None:
    """Reads `true` or `false`, without regard to case."""
    return _BOOLEANS.get(fold_ascii(text))


def read_binary(text: str) -> bytes | None:
    """Reads base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address as a number, with the version that it belongs to."""

    version: int
    number: int


@dataclass(frozen=True, slots=True)
class Network:
    """The addresses that begin with the same bits."""

    version: int
    number: int
    mask: int

    def holds(self, address: Address) -> bool:
        """Tells whether an address lies in the network."""
        same = self.version == address.version
        return same and address.number & self.mask == self.number


def read_address(text: str) -> Address | None:
    """Reads the address of a request; an IPv4 address mapped to IPv6 becomes IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return None
        address = address.ipv4_mapped or address
    return Address(address.version, int(address))


def read_network(text: str) -> Network | None:
    """Reads a CIDR block; bits beyond the prefix are ignored.

    NOTE: `ipaddress` would take a netmask after the slash and a zone before it; the
    language has neither.
    """
    _, slash, prefix = text.partition("/")
    if "%" in text or (slash and not (prefix.isascii() and prefix.isdigit())):
        return None
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return Network(network.version, int(network.network_address), int(network.netmask))
