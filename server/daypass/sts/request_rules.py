"""Constraints of parameters that several operations have in common.

SPEC: sts-operations 0.2, 0.4, 0.6 and 1.1.
"""

from __future__ import annotations

from typing import Final

from daypass.core import limits
from daypass.core.secret import Secret
from daypass.core.validation import (
    ARN_CHARACTERS,
    ARN_PATTERN,
    DIGITS_CHARACTERS,
    DIGITS_PATTERN,
    SERIAL_CHARACTERS,
    SERIAL_PATTERN,
    TextRule,
    Violations,
)

ARN_RULE: Final = TextRule(
    limits.ARN_CHARACTERS_MIN, limits.ARN_CHARACTERS_MAX, ARN_CHARACTERS, ARN_PATTERN
)
_SERIAL_NUMBER: Final = TextRule(
    limits.MFA_SERIAL_CHARACTERS_MIN,
    limits.MFA_SERIAL_CHARACTERS_MAX,
    SERIAL_CHARACTERS,
    SERIAL_PATTERN,
)
_TOKEN_CODE: Final = TextRule(
    limits.MFA_CODE_CHARACTERS,
    limits.MFA_CODE_CHARACTERS,
    DIGITS_CHARACTERS,
    DIGITS_PATTERN,
)


def check_second_factor(
    serial_number: str | None, token_code: Secret | None, found: Violations
) -> None:
    """Checks the form of a second factor, whose two parts come together."""
    found.check_text(("serial_number",), serial_number, _SERIAL_NUMBER)
    found.check_text(
        ("token_code",),
        token_code.reveal_text() if token_code is not None else None,
        _TOKEN_CODE,
        secret=True,
    )
    if serial_number is not None and token_code is None:
        found.require(("token_code",), None)
    if serial_number is None and token_code is not None:
        found.require(("serial_number",), None)


def check_policy_arns(policy_arns: tuple[str, ...], found: Violations) -> None:
    """Checks the form of the ARNs of managed session policies."""
    for index, arn in enumerate(policy_arns):
        found.check_text(("policy_arns", index, "arn"), arn, ARN_RULE)


def check_token_size(size: int | None, found: Violations) -> None:
    """Checks the fewest bytes that a session token shall have."""
    found.check_range(
        ("minimum_session_token_size",),
        size,
        least=0,
        most=limits.SESSION_TOKEN_BYTES_MAX,
    )
