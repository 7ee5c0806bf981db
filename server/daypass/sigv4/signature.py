"""The signature itself, and the memory of signing keys.

SPEC: sts-operations 3.4 step 9; attacks V15, V17.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final, final

from daypass.core import limits
from daypass.core.errors import SignatureDoesNotMatchError
from daypass.core.keyed_hash import KeyedHash
from daypass.core.lru import LruCache
from daypass.core.quick import quick_init
from daypass.core.secret import REDACTED, Secret

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"


@quick_init
@dataclass(frozen=True, slots=True)
class CredentialScope:
    """Where and for what a signature is good.

    Attributes:
        date: the day, `yyyymmdd`.
        region: the region.
        service: the service.
        terminator: `aws4_request` in every signature that is right.
        text: the scope as it is signed.
    """

    date: str
    region: str
    service: str
    terminator: str = TERMINATOR
    text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Joins the parts once, because every call of a day needs the text."""
        text = f"{self.date}/{self.region}/{self.service}/{self.terminator}"
        object.__setattr__(self, "text", text)


@final
class SigningKey:
    """A key that signs within one scope, and prints as nothing.

    Signatures are HMAC-SHA-256; the key is taken in once, because it signs for a day.

    Args:
        key: as `derive_signing_key` has derived it.
    """

    __slots__ = ("_keyed",)

    def __init__(self, key: Secret) -> None:
        self._keyed = KeyedHash(key)

    def sign(self, text: str) -> str:
        """Returns the signature of a text, 64 characters of lower-case hex."""
        return self._keyed.digest(text.encode("utf-8")).hex()

    def __repr__(self) -> str:
        """Shows that something is here, and nothing of it."""
        return REDACTED

    def __reduce__(self) -> str | tuple[object, ...]:
        """Refuses to be pickled or copied."""
        message = "a SigningKey is not pickled"
        raise TypeError(message)


@quick_init
@dataclass(frozen=True, slots=True)
class _Entry:
    secret: Secret
    signing_key: SigningKey


class SigningKeyCache:
    """Remembers signing keys, of which a client needs one a day.

    An entry is found by access key id and scope, and is used only where the secret
    is the one that it was derived from. A secret that was rotated can therefore
    never meet an old entry, whoever forgot to clear what (attacks V17); and no
    secret is ever a key of the cache. Only signatures that were right leave an
    entry, so that nobody fills the cache with guesses.

    Args:
        size_max: how many keys it remembers.
    """

    def __init__(self, *, size_max: int = limits.SIGNING_KEYS_MAX) -> None:
        self._entries: LruCache[str, _Entry] = LruCache(size_max=size_max)

    def __len__(self) -> int:
        """Returns how many keys it remembers."""
        return len(self._entries)

    def find(
        self, access_key_id: str, scope: CredentialScope, secret: Secret
    ) -> SigningKey | None:
        """Returns the signing key of this very secret, or None."""
        entry = self._entries.get(_credential(access_key_id, scope))
        if entry is None or entry.secret != secret:
            return None
        return entry.signing_key

    def remember(
        self,
        access_key_id: str,
        scope: CredentialScope,
        secret: Secret,
        signing_key: SigningKey,
    ) -> None:
        """Remembers the signing key of a secret, in place of an older secret's."""
        entry = _Entry(secret, signing_key)
        self._entries.put(_credential(access_key_id, scope), entry)


def _credential(access_key_id: str, scope: CredentialScope) -> str:
    """Names a signing key in one text, because no part of it has a slash."""
    return f"{access_key_id}/{scope.text}"


def derive_signing_key(secret: Secret, scope: CredentialScope) -> Secret:
    """Derives the key that signs within a scope."""
    key = b"AWS4" + secret.reveal()
    for part in (scope.date, scope.region, scope.service, scope.terminator):
        key = hmac.digest(key, part.encode("utf-8"), hashlib.sha256)
    return Secret(key)


def string_to_sign(
    timestamp: str, scope: CredentialScope, canonical_request: str
) -> str:
    """Builds what is signed in the end."""
    digest = hashlib.sha256(canonical_request.encode("utf-8")).hexdigest()
    return f"{ALGORITHM}\n{timestamp}\n{scope.text}\n{digest}"


def verify_signature(
    *,
    signature: str,
    text: str,
    access_key_id: str,
    scope: CredentialScope,
    secret: Secret,
    keys: SigningKeyCache,
) -> None:
    """Returns when the secret made the signature of the text.

    A refusal takes as long whether the key was remembered or not, and as long as
    one of a key that does not exist, `verify_decoy`.

    Args:
        signature: 64 characters of lower-case hex.
        text: the string to sign.
        access_key_id: whose secret it is.
        scope: the scope that the signature claims.
        secret: the secret access key.
        keys: remembered signing keys.

    Raises:
        SignatureDoesNotMatchError: it did not.
    """
    remembered = keys.find(access_key_id, scope, secret)
    key = remembered or SigningKey(derive_signing_key(secret, scope))
    if hmac.compare_digest(key.sign(text), signature):
        if remembered is None:
            keys.remember(access_key_id, scope, secret, key)
        return
    if remembered is not None:
        SigningKey(derive_signing_key(secret, scope))
    raise SignatureDoesNotMatchError("wrong_signature")


def verify_decoy(
    *, signature: str, text: str, scope: CredentialScope, decoy: Secret
) -> None:
    """Does the work of a refusal, and refuses nothing.

    So that the time an answer takes does not tell whether a key exists.
    """
    key = SigningKey(derive_signing_key(decoy, scope))
    hmac.compare_digest(key.sign(text), signature)
