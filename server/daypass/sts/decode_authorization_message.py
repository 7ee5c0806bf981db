"""DecodeAuthorizationMessage: opens what came with a denial, for whom it concerned.

SPEC: sts-operations 1.5; attacks C17.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DecodeAuthorizationMessageRequest:
    """The message as it came with the denial, in its metadata."""

    encoded_message: str


@dataclass(frozen=True, slots=True)
class DecodedAuthorizationMessage:
    """What the message says: JSON, as a text."""

    decoded_message: str
