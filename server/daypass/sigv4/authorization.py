"""The Authorization value of version 4, taken apart without trust.

SPEC: sts-operations 3.4 steps 2 and 7; attacks V04, V16, V19.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from daypass.core import limits
from daypass.core.errors import (
    IncompleteSignatureError,
    MissingAuthenticationTokenError,
    RejectedError,
    SignatureDoesNotMatchError,
)
from daypass.core.quick import quick_init
from daypass.sigv4.signature import ALGORITHM, Credential, CredentialScope

AMZ_PREFIX: Final = "x-amz-"

# A caller's credential is one a day and region, and its lists of headers are few.
_CREDENTIALS_KEPT: Final = 4_096
_HEADER_LISTS_KEPT: Final = 256
# What stands before the signature is one text a day for each caller, region and list
# of headers, and a longer one than this no SDK writes.
_HEADS_KEPT: Final = 4_096
_HEAD_CHARACTERS_KEPT: Final = 512
_BEFORE_SIGNATURE: Final = "Signature="
_SIGNATURE_CHARACTERS: Final = 64
_ANY_SIGNATURE: Final = "0" * _SIGNATURE_CHARACTERS
_PARTS: Final = 3
_CREDENTIAL_PARTS: Final = 5
_ACCESS_KEY_ID: Final = re.compile(
    rf"\w{{1,{limits.ACCESS_KEY_ID_CHARACTERS_MAX}}}", re.ASCII
)
_DATE: Final = re.compile(r"[0-9]{8}", re.ASCII)
_SCOPE_WORD: Final = re.compile(
    rf"[A-Za-z0-9_-]{{1,{limits.SIGNED_SCOPE_WORD_CHARACTERS_MAX}}}", re.ASCII
)
_HEADER_NAME: Final = re.compile(r"[a-z0-9_.-]{1,128}", re.ASCII)
_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@quick_init
@dataclass(frozen=True, slots=True)
class Authorization:
    """What an Authorization value claims.

    Attributes:
        credential: whose key signed, and within which scope.
        signed_headers: the names, lower-case, sorted and each once.
        signature: 64 characters of lower-case hex; whoever has it can repeat the call.
    """

    credential: Credential
    signed_headers: tuple[str, ...]
    signature: str = field(repr=False)


def parse_authorization(value: str) -> Authorization:
    """Takes an Authorization value apart.

    Raises:
        MissingAuthenticationTokenError: it is a proof of another kind.
        IncompleteSignatureError: it is malformed.
    """
    usual = usual_parts(value)
    return _take_apart(value) if usual is None else Authorization(*usual)


def usual_parts(value: str) -> tuple[Credential, tuple[str, ...], str] | None:
    """Returns credential, signed headers and signature of a usual value, or None.

    Such a value ends with its signature, and whatever that is, the rest of it says the
    same; so the rest is taken apart once.
    """
    head, signature = value[:-_SIGNATURE_CHARACTERS], value[-_SIGNATURE_CHARACTERS:]
    claim = _claim(head) if len(head) <= _HEAD_CHARACTERS_KEPT else None
    if claim is None or _SIGNATURE.fullmatch(signature) is None:
        return None
    return (*claim, signature)


@lru_cache(maxsize=_HEADS_KEPT)
def _claim(head: str) -> tuple[Credential, tuple[str, ...]] | None:
    """Returns what a value says that begins like this and ends with its signature."""
    if not head.endswith(_BEFORE_SIGNATURE):
        return None
    try:
        found = _take_apart(head + _ANY_SIGNATURE)
    except RejectedError:
        return None
    return found.credential, found.signed_headers


def _take_apart(value: str) -> Authorization:
    """Takes a value apart that is written in any way; see `parse_authorization`."""
    if len(value) > limits.AUTHORIZATION_CHARACTERS_MAX:
        raise IncompleteSignatureError("authorization_too_long")
    scheme, _, rest = value.partition(" ")
    if scheme != ALGORITHM:
        raise MissingAuthenticationTokenError("proof_of_another_kind")
    parts = _named_parts(rest)
    return read_authorization(
        credential=parts["Credential"],
        signed_headers=parts["SignedHeaders"],
        signature=parts["Signature"],
    )


def read_authorization(
    *, credential: str, signed_headers: str, signature: str
) -> Authorization:
    """Reads the three parts, wherever they came from.

    Raises:
        IncompleteSignatureError: one of them is malformed.
    """
    return Authorization(
        credential=_credential(credential),
        signed_headers=_signed_headers(signed_headers),
        signature=_matching(_SIGNATURE, signature, "signature_form"),
    )


def check_coverage(
    signed_headers: Collection[str],
    received: Collection[str],
    *,
    required: str | None = None,
) -> None:
    """Returns when all is signed that must be, and all that is signed is there.

    Args:
        signed_headers: the names that the signature lists.
        received: the lower-case names of the headers that came.
        required: a name that must be signed besides those beginning `x-amz-`.

    Raises:
        SignatureDoesNotMatchError: something is missing on either side.
    """
    if received == signed_headers and (required is None or required in received):
        return
    signed = set(signed_headers)
    if any(name.startswith(AMZ_PREFIX) and name not in signed for name in received):
        raise SignatureDoesNotMatchError("header_not_signed")
    if required is not None and required not in signed:
        raise SignatureDoesNotMatchError("header_not_signed")
    if not signed.issubset(received):
        raise SignatureDoesNotMatchError("signed_header_missing")


def _named_parts(text: str) -> dict[str, str]:
    pairs = [part.strip(" ").partition("=") for part in text.split(",", _PARTS)]
    parts = {name: value for name, _, value in pairs}
    if len(pairs) != _PARTS or parts.keys() != {
        "Credential",
        "SignedHeaders",
        "Signature",
    }:
        raise IncompleteSignatureError("authorization_parts")
    return parts


@lru_cache(maxsize=_CREDENTIALS_KEPT)
def _credential(text: str) -> Credential:
    parts = text.split("/", _CREDENTIAL_PARTS)
    if len(parts) != _CREDENTIAL_PARTS:
        raise IncompleteSignatureError("credential_parts")
    access_key_id, date, *words = parts
    _matching(_ACCESS_KEY_ID, access_key_id, "credential_key_form")
    _matching(_DATE, date, "credential_date_form")
    for word in words:
        _matching(_SCOPE_WORD, word, "credential_scope_form")
    return Credential(access_key_id, CredentialScope(date, *words))


@lru_cache(maxsize=_HEADER_LISTS_KEPT)
def _signed_headers(text: str) -> tuple[str, ...]:
    names = text.split(";", limits.SIGNED_HEADERS_MAX)
    if len(names) > limits.SIGNED_HEADERS_MAX:
        raise IncompleteSignatureError("signed_headers_too_many")
    for name in names:
        _matching(_HEADER_NAME, name, "signed_headers_form")
    if sorted(set(names)) != names:
        raise IncompleteSignatureError("signed_headers_not_sorted")
    return tuple(names)


def _matching(pattern: re.Pattern[str], text: str, reason: str) -> str:
    if pattern.fullmatch(text) is None:
        raise IncompleteSignatureError(reason)
    return text
