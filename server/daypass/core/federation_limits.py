"""Bounds of the exchange of providers' proofs, each with its reason.

Whoever calls shows no credentials, so that anybody can call as often as they like.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# spec 0.4: WebIdentityToken and ProviderId; the longest token is in provider_limits.
WEB_IDENTITY_TOKEN_CHARACTERS_MIN: Final = 4
PROVIDER_ID_CHARACTERS_MIN: Final = 4
PROVIDER_ID_CHARACTERS_MAX: Final = 2_048
# attacks V35: exchanges that wait for the keys of a provider at once in one worker,
# each of them for PROVIDER_FETCH_TIME_MAX at the most. Well below
# CONCURRENT_CALLS_MAX, so that proven callers keep the rest; a provider for which
# nobody waits is not counted.
EXCHANGES_MAX: Final = 400
# attacks O34: of those, for one provider. A busy one has this many callers within
# the tenth of a second that a fetch takes.
EXCHANGES_PER_PROVIDER_MAX: Final = 200
# attacks V35: proofs that one address may have refused by one provider at once, and
# how many more each second. A check takes up to half a millisecond of the worker.
REFUSED_PROOFS_BURST_MAX: Final = 200
REFUSED_PROOFS_PER_SECOND: Final = 20
# attacks V35: an IPv6 client is given a network of this length, with more addresses
# than can be counted.
CLIENT_NETWORK_BITS: Final = 64
# Pairs of address and provider that are counted; the oldest is forgotten.
REFUSED_PROOFS_COUNTED_MAX: Final = 20_000
# When a call that was turned away is to come back.
EXCHANGE_RETRY_DELAY: Final = timedelta(seconds=1)
