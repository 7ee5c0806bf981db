"""Where the keys of identity providers come from, built of the settings."""

from __future__ import annotations

from dataclasses import dataclass

from daypass.adapters.http_fetcher import HttpFetcher
from daypass.adapters.key_sets import KeySets, KeySetWatcher
from daypass.adapters.names import PinnedResolver, SystemResolver
from daypass.adapters.provider_key_sets import ProviderKeySets, StandIn
from daypass.adapters.tls_trust import trusting
from daypass.config_providers import ProviderSettings, parse_hosts, parse_networks
from daypass.core.key_set_source import KeySetSource
from daypass.core.ports import Clock, Snapshot
from daypass.directory.model import Directory
from daypass.federation.oidc.jwk_set import JwkSet


@dataclass(frozen=True, slots=True)
class ProviderKeys:
    """The keys of identity providers, as a part of a worker.

    Attributes:
        source: what the use cases ask.
    """

    source: KeySetSource[JwkSet]
    _fetched: KeySets
    _resolver: SystemResolver

    async def run(self) -> None:
        """Owns the fetches until it is cancelled."""
        await self._fetched.run()

    def close(self) -> None:
        """Lets go of the threads that look up names."""
        self._resolver.close()


def open_provider_keys(
    settings: ProviderSettings,
    *,
    directory: Snapshot[Directory],
    stand_in: StandIn | None,
    clock: Clock,
    watcher: KeySetWatcher,
) -> ProviderKeys:
    """Builds what asks identity providers; nothing is asked yet.

    Args:
        settings: whom to trust, and where providers may be.
        directory: the providers, and the keys that are written down.
        stand_in: has key sets for providers that cannot exist.
        clock: tells how old keys are.
        watcher: is told how fetches fare.

    Raises:
        OSError: the file of authorities cannot be read, or holds no certificate.
    """
    resolver = SystemResolver()
    fetched = KeySets(
        fetcher=HttpFetcher(
            resolver=PinnedResolver(
                pins=parse_hosts(settings.provider_hosts), otherwise=resolver
            ),
            tls=trusting(settings.provider_ca_file, and_system=True),
            allowed_private_networks=parse_networks(settings.provider_networks),
        ),
        clock=clock,
        watcher=watcher,
        lifetime_max=settings.provider_key_lifetime,
    )
    source = ProviderKeySets(directory=directory, stand_in=stand_in, otherwise=fetched)
    return ProviderKeys(source, fetched, resolver)
