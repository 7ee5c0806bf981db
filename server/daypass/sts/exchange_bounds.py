"""How much work callers without credentials may make a worker do.

Anybody may bring a proof. Whoever brings garbage must not keep those out who bring
good ones (attacks V35), and a provider that is slow must not keep the callers of
the others waiting (attacks O34). So there is a bound of all exchanges in work, one
for each provider, and an allowance of refused proofs for each address at each
provider. A proof that is good counts for nothing.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from daypass.core import federation_limits as limits
from daypass.core.errors import RejectedError, ThrottlingError
from daypass.core.lru import LruCache
from daypass.core.ports import Clock


class ExchangeBounds:
    """The bounds of one worker.

    Args:
        clock: tells how much time has gone by.
        exchanges_max: exchanges in work at once, beside the first of each provider.
        per_provider_max: of those, for one provider.
        refused_burst_max: refused proofs of one address at one provider at once.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        exchanges_max: int = limits.EXCHANGES_MAX,
        per_provider_max: int = limits.EXCHANGES_PER_PROVIDER_MAX,
        refused_burst_max: int = limits.REFUSED_PROOFS_BURST_MAX,
    ) -> None:
        self._clock = clock
        self._exchanges_max = exchanges_max
        self._per_provider_max = per_provider_max
        self._burst = float(refused_burst_max)
        self._in_work: Counter[str] = Counter()
        # By address and provider: what is left, and since when.
        self._left: LruCache[tuple[str, str], tuple[float, float]] = LruCache(
            size_max=limits.REFUSED_PROOFS_COUNTED_MAX
        )

    @contextmanager
    def proof(self, provider_arn: str, source_address: str | None) -> Iterator[None]:
        """Bounds the check of one proof; what is refused within is counted.

        Args:
            provider_arn: whose proof it claims to be, a provider that is registered.
            source_address: who brings it, as far as is known.

        Raises:
            ThrottlingError: there are too many, or too many were refused.
        """
        waiting = self._in_work[provider_arn]
        if waiting >= self._per_provider_max:
            raise _throttled("provider_full")
        # NOTE: whose keys are at hand has nobody waiting, and is let in even if
        # others are slow: its exchanges take no time between two calls.
        if waiting and self._in_work.total() >= self._exchanges_max:
            raise _throttled("exchanges_full")
        key = (_client(source_address or ""), provider_arn)
        if self._remaining(key) < 1:
            raise _throttled("proofs_refused_too_often")
        self._in_work[provider_arn] += 1
        try:
            yield
        except ThrottlingError:
            # It was not looked at, because others have taken the room.
            raise
        except RejectedError:
            left = self._remaining(key) - 1
            self._left.put(key, (left, self._clock.monotonic()))
            raise
        finally:
            self._in_work[provider_arn] -= 1
            if not self._in_work[provider_arn]:
                del self._in_work[provider_arn]

    def _remaining(self, key: tuple[str, str]) -> float:
        now = self._clock.monotonic()
        left, since = self._left.get(key) or (self._burst, now)
        return min(self._burst, left + (now - since) * limits.REFUSED_PROOFS_PER_SECOND)


def _client(address: str) -> str:
    """Returns whom an address is counted for: a client has a network of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    host_bits = found.max_prefixlen - limits.CLIENT_NETWORK_BITS
    return str(ipaddress.IPv6Address(int(found) >> host_bits << host_bits))


def _throttled(detail: str) -> ThrottlingError:
    return ThrottlingError(detail, retry_after=limits.EXCHANGE_RETRY_DELAY)
