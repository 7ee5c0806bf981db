"""The signature itself, and the memory of signing keys.

SPEC: sts-operations 3.4 step 9; attacks V15, V17.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from daypass.core import limits
from daypass.core.errors import SignatureDoesNotMatchError
from daypass.core.keyed_hash import KeyedHash
from daypass.core.lru import LruCache
from daypass.core.quick import quick_init
from daypass.core.secret import Secret

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


@quick_init
@dataclass(frozen=True, slots=True)
class Credential:
    """Whose key has signed, and within which scope.

    Attributes:
        access_key_id: names the key.
        scope: the scope.
        text: both as they are written, which names the signing key.
    """

    access_key_id: str
    scope: CredentialScope
    text: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Joins the parts once; none of them has a slash."""
        object.__setattr__(self, "text", f"{self.access_key_id}/{self.scope.text}")


@quick_init
@dataclass(frozen=True, slots=True)
class _Entry:
    secret: Secret
    signing_key: KeyedHash


class SigningKeyCache:
    """Remembers signing keys, of which a client needs one a day.

    An entry is found by its credential, and is used only where the secret
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

    def find(self, credential: Credential, secret: Secret) -> KeyedHash | None:
        """Returns the signing key of this very secret, or None."""
        entry = self._entries.get(credential.text)
        if entry is not None and (entry.secret is secret or entry.secret == secret):
            return entry.signing_key
        return None

    def remember(
        self, credential: Credential, secret: Secret, signing_key: KeyedHash
    ) -> None:
        """Remembers the signing key of a secret, in place of an older secret's."""
        self._entries.put(credential.text, _Entry(secret, signing_key))


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
    signature: str,
    text: str,
    *,
    credential: Credential,
    secret: Secret,
    keys: SigningKeyCache,
) -> None:
    """Returns when the secret made the signature of the text.

    A refusal takes as long whether the key was remembered or not, and as long as
    one of a key that does not exist, `verify_decoy`.

    Args:
        signature: 64 characters of lower-case hex.
        text: the string to sign.
        credential: whose secret it is, and the scope that the signature claims.
        secret: the secret access key.
        keys: remembered signing keys.

    Raises:
        SignatureDoesNotMatchError: it did not.
    """
    remembered = keys.find(credential, secret)
    key = remembered or _signing_key(secret, credential.scope)
    made = key.digest(text.encode("utf-8")).hex()
    if hmac.compare_digest(made, signature):
        if remembered is None:
            keys.remember(credential, secret, key)
        return
    if remembered is not None:
        _signing_key(secret, credential.scope)
    raise SignatureDoesNotMatchError("wrong_signature")


def verify_decoy(
    signature: str, text: str, *, scope: CredentialScope, decoy: Secret
) -> None:
    """Does the work of a refusal, and refuses nothing.

    So that the time an answer takes does not tell whether a key exists.
    """
    made = _signing_key(decoy, scope).digest(text.encode("utf-8")).hex()
    hmac.compare_digest(made, signature)


def _signing_key(secret: Secret, scope: CredentialScope) -> KeyedHash:
    """Returns what signs within a scope; it is taken in once, and signs for a day."""
    return KeyedHash(derive_signing_key(secret, scope))
