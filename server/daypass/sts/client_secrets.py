"""Whether a secret is that of a client, at a bounded cost for whoever guesses.

A secret that is referred to is compared; one that is declared by its hash is hashed
by scrypt, once, and remembered while it is in use. Every refusal costs one hash,
whether the client is unknown, has a secret of either kind, or none: neither the text
nor the time of an answer tells them apart. What is remembered is a MAC under a key of
this process, so that neither the secrets nor anything to guess them by is kept.

SPEC: sts-operations 6.5; attacks L13, V15, V35 by analogy; ADR 0031.
"""

from __future__ import annotations

import hmac
from typing import Final, Protocol

from daypass.core import oauth_limits as limits
from daypass.core.lru import LruCache
from daypass.core.oauth import AuthenticationMethod
from daypass.core.oauth_errors import InvalidClientError
from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.directory.oauth_clients import HashedSecret, OAuthClient

_KEY_BYTES: Final = 32
_REFUSED: Final = "client_unknown_or_secret_wrong"


class SecretHasher(Protocol):
    """Hashes secrets by scrypt, with the parameters of `oauth_limits`."""

    async def hash(self, secret: Secret, *, salt: bytes) -> Secret:
        """Returns the hash.

        Raises:
            ThrottlingError: too many are being made.
        """
        ...


class ClientSecrets:
    """Checks the secrets that clients show.

    Args:
        hasher: hashes secrets, elsewhere than in the loop.
        entropy: draws the key of what is remembered.
    """

    def __init__(self, *, hasher: SecretHasher, entropy: Entropy) -> None:
        self._hasher = hasher
        self._key = entropy.token_bytes(_KEY_BYTES)
        # For clients that have no hash, so that they cost one as well.
        self._decoy = HashedSecret(
            entropy.token_bytes(limits.SCRYPT_SALT_BYTES),
            Secret(entropy.token_bytes(limits.SCRYPT_HASH_BYTES)),
        )
        self._remembered: LruCache[bytes, bytes] = LruCache(
            size_max=limits.SECRETS_REMEMBERED_MAX
        )

    async def check(
        self, client: OAuthClient | None, secret: Secret, method: AuthenticationMethod
    ) -> None:
        """Returns when the secret is the client's, who may show it in this way.

        Args:
            client: who it is said to be; None where there is no such client.
            secret: as it was shown.
            method: how it was shown.

        Raises:
            InvalidClientError: it is not; the same for every reason.
            ThrottlingError: too many guesses are being checked.
        """
        if not 0 < len(secret.reveal()) <= limits.CLIENT_SECRET_CHARACTERS_MAX:
            raise InvalidClientError("client_secret_length")
        declared = client if client is not None and method in client.methods else None
        if declared is not None and self._is_declared(declared, secret):
            return
        hashed = None if declared is None else declared.hashed_secret
        expected = hashed or self._decoy
        memory = self._mac(expected.salt, expected.digest, secret)
        if self._remembered.get(memory):
            return
        found = await self._hasher.hash(secret, salt=expected.salt)
        if found != expected.digest or hashed is None:
            raise InvalidClientError(_REFUSED)
        self._remembered.put(memory, memory)

    def _is_declared(self, client: OAuthClient, secret: Secret) -> bool:
        """Compares with a secret that is known, by MACs of one length."""
        declared = client.secret
        known = Secret(self._mac(b"", declared or self._decoy.digest))
        return known == Secret(self._mac(b"", secret)) and declared is not None

    def _mac(self, salt: bytes, *secrets: Secret) -> bytes:
        mac = hmac.new(self._key, salt, "sha256")
        for secret in secrets:
            # Each with its length, so that no two lists are one text.
            data = secret.reveal()
            mac.update(len(data).to_bytes(4, "big") + data)
        return mac.digest()
