"""The bounds of what identity providers send, each with its reason.

A part of `limits`, with the same rules: sizes are bytes unless the name says
characters. `spec` is the operations specification, section 1.3 unless another is
named; `attacks` is the catalogue of attacks.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# spec 0.4: WebIdentityToken.
ID_TOKEN_CHARACTERS_MAX: Final = 20_000
# spec 1.3: how far the clocks of identity providers may be off, either way.
ID_TOKEN_CLOCK_SKEW_MAX: Final = timedelta(minutes=5)
# attacks O19: a workload's token lasts a day in Kubernetes, and none needs more.
ID_TOKEN_LIFETIME_MAX: Final = timedelta(hours=24)
# attacks O18.
ID_TOKEN_SUBJECT_CHARACTERS_MAX: Final = 255
# spec 1.3.
ISSUER_CHARACTERS_MAX: Final = 255
# Values of one claim that becomes a condition key: a token has room for few more.
ID_TOKEN_CLAIM_VALUES_MAX: Final = 100
ID_TOKEN_CLAIM_CHARACTERS_MAX: Final = 2_048
# What a key set or discovery document names.
PROVIDER_URL_CHARACTERS_MAX: Final = 2_048
# spec 1.3: keys of each kind in one set.
PROVIDER_KEYS_MAX: Final = 100
PROVIDER_KEY_ID_CHARACTERS_MAX: Final = 1_024
# attacks J43: at 8,192 bits a check takes half a millisecond; a longer exponent
# than any real key has would make it tens.
RSA_MODULUS_BITS_MIN: Final = 2_048
RSA_MODULUS_BITS_MAX: Final = 8_192
RSA_EXPONENT_MIN: Final = 3
RSA_EXPONENT_BITS_MAX: Final = 32
# attacks O08: a document of a provider, and the headers that come with it.
PROVIDER_DOCUMENT_BYTES_MAX: Final = 262_144
PROVIDER_HEADER_BYTES_MAX: Final = 32_768
PROVIDER_HEADERS_MAX: Final = 100
# attacks O09: for all that one look at a provider takes, names and TLS included.
PROVIDER_FETCH_TIME_MAX: Final = timedelta(seconds=3)
# Addresses of one host that are tried, one after another.
PROVIDER_ADDRESSES_MAX: Final = 4
# attacks O09: names that are being looked up at once. A look that nobody waits for
# any more holds its thread until the system's resolver gives up.
NAME_LOOKUPS_MAX: Final = 32
# attacks O14, O27: how long a key set is good without being fetched again. Whatever
# the provider says, a key that it withdrew is gone after the default.
KEY_SET_LIFETIME_MIN: Final = timedelta(seconds=30)
KEY_SET_LIFETIME_DEFAULT: Final = timedelta(minutes=5)
KEY_SET_LIFETIME_MAX: Final = timedelta(hours=24)
# attacks O12, O13: the pause between fetches for keys that are not in the set. A
# new key is known that much later at the most.
KEY_SET_COOL_DOWN: Final = timedelta(seconds=30)
# attacks O15: how long the last good set answers for a provider that is down.
KEY_SET_STALE_MAX: Final = timedelta(hours=24)
# detail 52: the pause before a failing provider is asked again, doubled from least
# to most, whoever asks.
KEY_SET_RETRY_PAUSE_MIN: Final = timedelta(seconds=1)
KEY_SET_RETRY_PAUSE_MAX: Final = timedelta(seconds=60)
# Issuers whose keys are remembered; a set takes some tens of KiB.
KEY_SETS_MAX: Final = 1_024
# Providers that are asked at once. Those that failed last time get half of it, so
# that slow ones leave room for the others.
KEY_SET_FETCHES_MAX: Final = 128
