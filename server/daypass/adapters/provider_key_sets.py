"""The keys of identity providers that are written down, as the directory is now.

A provider may have its keys in a file of the directory: it is never asked then,
which suits one that cannot be reached from here. Keys may also be handed in for
issuers that cannot exist, which is how a developer's server stands in for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from daypass.adapters.key_sets import StaticKeySets
from daypass.core.key_set_source import KeySetSource
from daypass.core.ports import Snapshot
from daypass.directory.declared import OidcProvider
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.model import Directory
from daypass.federation.oidc.errors import DocumentRefusedError
from daypass.federation.oidc.jwk_set import JwkSet, parse_jwk_set
from daypass.federation.oidc.urls import check_issuer

# Returns the key set of an issuer that somebody stands in for, or None.
StandIn = Callable[[str], str | None]
_NO_KEYS: Final = "no key of this set can be used to verify tokens"


class ProviderKeySets:
    """A `KeySetSource` of what is written down, and of another source for the rest.

    The sets are read anew when the directory is another one.

    Args:
        directory: the providers, with their key sets.
        stand_in: has key sets for providers that have none of their own.
        otherwise: is asked for all others.
    """

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        otherwise: KeySetSource[JwkSet],
        stand_in: StandIn | None = None,
    ) -> None:
        self._directory = directory
        self._otherwise = otherwise
        self._stand_in = stand_in
        self._digest: str | None = None
        self._static: KeySetSource[JwkSet] = otherwise

    async def key_set(
        self, issuer: str, *, provider_arn: str, key_id: str | None
    ) -> JwkSet:
        """Returns the keys of a provider; see the port."""
        directory = self._directory.current()
        if directory.digest != self._digest:
            self._static = StaticKeySets(
                texts=self._texts(directory), otherwise=self._otherwise
            )
            self._digest = directory.digest
        return await self._static.key_set(
            issuer, provider_arn=provider_arn, key_id=key_id
        )

    def _texts(self, directory: Directory) -> Mapping[str, str]:
        texts: dict[str, str] = {}
        for provider in oidc_providers(directory):
            text = self._text(provider)
            if text is not None:
                texts[provider.arn] = text
        return texts

    def _text(self, provider: OidcProvider) -> str | None:
        if provider.key_set is not None:
            return provider.key_set.text
        return None if self._stand_in is None else self._stand_in(provider.url)


def oidc_providers(directory: Directory) -> tuple[OidcProvider, ...]:
    """Returns the OIDC providers of all accounts."""
    return tuple(
        provider
        for account in directory.accounts
        for provider in account.oidc_providers.values()
    )


def check_providers(directory: Directory) -> None:
    """Returns when every provider can be asked, or has keys that can be used.

    Raises:
        DirectoryInvalidError: one cannot; it names all of them.
    """
    found = map(_faults, oidc_providers(directory))
    faults = {fault for faults in found for fault in faults}
    if faults:
        raise DirectoryInvalidError(sorted(faults))


def _faults(provider: OidcProvider) -> Iterator[Fault]:
    try:
        # NOTE: the one strict reading of URLs, which is that of who asks
        # (attacks O02, O26).
        check_issuer(provider.url)
    except DocumentRefusedError as error:
        reason = f"this is no issuer that can be asked: {error.reason}"
        yield Fault("", 0, f"oidc_providers.{provider.url}", reason)
    if provider.key_set is None:
        return
    try:
        if not parse_jwk_set(provider.key_set.text).keys:
            yield Fault(provider.key_set.name, 0, "", _NO_KEYS)
    except DocumentRefusedError as error:
        reason = f"this is no key set that can be used: {error.reason}"
        yield Fault(provider.key_set.name, 0, "", reason)
