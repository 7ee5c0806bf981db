"""The port through which the public keys of identity providers come."""

from __future__ import annotations

from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class KeySetSource(Protocol[T_co]):
    """Where the public keys of identity providers come from."""

    async def key_set(
        self, issuer: str, *, provider_arn: str, key_id: str | None
    ) -> T_co:
        """Returns the keys that vouch for tokens of an issuer, as of now.

        Args:
            issuer: the URL of a provider that is registered.
            provider_arn: the provider, which may have keys of its own.
            key_id: the key that the token names, or None. Where the keys at hand
                do not have it, newer ones are looked for within bounds; that the
                result has it is not promised.

        Raises:
            IdpCommunicationError: the issuer cannot be reached, and there are no
                keys of it that are still good.
            InvalidIdentityTokenError: the issuer can be reached, and what it
                publishes is no key set that can be used.
        """
        ...
