"""Every bound of the client, in one place, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# --- Calls ----------------------------------------------------------------------

# What the server grants a call that names no deadline, and the most it grants.
CALL_TIMEOUT_DEFAULT: Final = timedelta(seconds=10)
CALL_TIMEOUT_MAX: Final = timedelta(seconds=60)
# One call and four repetitions: with the pauses below that is under a second, so
# a person who named the wrong endpoint is told so at once.
ATTEMPTS_MAX: Final = 5
# Most calls that come to nothing were sent to a worker that has just ended, or to one
# that is a moment behind; another one answers at once. So the first pause is only as
# long as it takes to connect, and those after it are for a server that is away.
RETRY_PAUSE_FIRST: Final = timedelta(milliseconds=10)
RETRY_PAUSE_MIN: Final = timedelta(milliseconds=100)
RETRY_PAUSE_MAX: Final = timedelta(seconds=1)
RETRY_PAUSE_FACTOR: Final = 2
# A pause is up to a fifth longer or shorter, so that clients that failed together
# do not come back together.
RETRY_PAUSE_SPREAD: Final = 0.2
# A client of which half of these calls have failed stops repeating, so that
# clients do not hold down a server that struggles; ten good calls earn one back.
RETRY_BUDGET_CALLS: Final = 10
RETRY_BUDGET_PER_SUCCESS: Final = 0.1
# When a connection cannot be made gRPC fails every call until it tries again, by
# default after a second, and later after up to two minutes. The repetitions of a call
# are all made within 700 ms, so it has to be sooner; and a server that is back again
# is not to be kept waiting. Pauses grow by 1.6 and vary by a fifth.
RECONNECT_PAUSE_MIN: Final = timedelta(milliseconds=100)
RECONNECT_PAUSE_MAX: Final = timedelta(seconds=5)
# A server ends a stream after five minutes; one that does not is hung.
STREAM_TIMEOUT: Final = timedelta(minutes=6)
# The server refuses longer requests.
REQUEST_BYTES_MAX: Final = 262_144
# A page of a thousand sessions is under one MiB.
RESPONSE_BYTES_MAX: Final = 4_194_304

# --- Credentials ----------------------------------------------------------------

ACCESS_KEY_ID_CHARACTERS_MIN: Final = 16
ACCESS_KEY_ID_CHARACTERS_MAX: Final = 128
# The server takes no longer token, whatever it says.
SESSION_TOKEN_CHARACTERS_MAX: Final = 8_192
# Secrets have forty characters; some services make longer ones.
SECRET_CHARACTERS_MAX: Final = 1_024
# Credentials are renewed when a quarter of their time is left, or five minutes
# where that is less. By chance it is up to twice as early, so that programs that
# started together do not ask together: an hour's session is renewed 50 to 55
# minutes after its issue.
REFRESH_MARGIN_MAX: Final = timedelta(minutes=5)
REFRESH_MARGIN_DIVISOR: Final = 4
# While the service is away and credentials still serve, it is asked once in this
# time and not by every call, each of which would wait for its deadline. By chance
# it is up to twice as long.
REFRESH_PAUSE: Final = timedelta(seconds=10)

# Tokens of identity providers, and trade-in tokens; the server takes no longer ones.
IDENTITY_TOKEN_CHARACTERS_MAX: Final = 20_000

# What a program prints, or an endpoint answers: a session token and little more.
CREDENTIAL_DOCUMENT_BYTES_MAX: Final = 65_536
# A program may ask a server, and that a slow one.
CREDENTIAL_SOURCE_TIMEOUT: Final = timedelta(seconds=30)

# --- Verifying offline ----------------------------------------------------------

# Longer text is refused before anything reads it. A session token has 4,096
# characters at the most; the claims of an identity token take 14,984 bytes.
TOKEN_CHARACTERS_MAX: Final = 8_192
IDENTITY_TOKEN_READ_MAX: Final = 24_576
# Servers name keys by 43 characters.
KEY_ID_CHARACTERS_MAX: Final = 128
# Servers make keys of 3,072 bits; shorter ones are weak, longer ones slow.
RSA_MODULUS_BITS_MIN: Final = 2_048
RSA_MODULUS_BITS_MAX: Final = 4_096
# What a packed claim may unfold to, as servers have it.
UNPACKED_TAGS_BYTES_MAX: Final = 131_072
# Those who act for a subject, one behind the other, as servers have it.
ACTORS_MAX: Final = 4
# Tokens whose signature is remembered; a few KiB each with their claims.
REMEMBERED_TOKENS_MAX: Final = 16_384
# How far the clock of a server may be ahead of ours. It is never added to the end of
# a token.
CLOCK_TOLERANCE: Final = timedelta(seconds=5)
CLOCK_TOLERANCE_MAX: Final = timedelta(minutes=1)
# Twice what a server allows itself by default, so that a verifier goes on through
# what a server goes on through.
REVOCATION_AGE_MAX: Final = timedelta(seconds=10)
# A key set that cannot be renewed serves for so long. A key that is revoked meanwhile
# is refused all the same where revocations are followed.
KEY_SET_AGE_MAX: Final = timedelta(hours=1)
KEY_SET_AGE_LIMIT: Final = timedelta(hours=24)
# A key set is asked for at most so often because of keys that it does not have.
UNKNOWN_KEY_COOLDOWN: Final = timedelta(seconds=10)
# How long a key set of an HTTP door is kept where it does not say, and what it may
# say.
KEY_SET_KEPT: Final = timedelta(minutes=5)
KEY_SET_KEPT_MIN: Final = timedelta(seconds=10)
KEY_SET_KEPT_MAX: Final = timedelta(hours=1)
# A hundred keys of the longest kind are less.
KEY_SET_BYTES_MAX: Final = 131_072
KEYS_MAX: Final = 100
# A stream that breaks is opened again after a pause, which doubles each time.
FOLLOW_PAUSE_MIN: Final = timedelta(milliseconds=100)
FOLLOW_PAUSE_MAX: Final = timedelta(seconds=5)
# A server sends a key set every ten seconds; after so long without one this program
# slept, and what waits in the stream is old.
KEY_SET_HEARTBEATS_MISSED: Final = timedelta(seconds=30)
# Revocations that have run out are looked for once in this time.
FORGET_PERIOD: Final = timedelta(minutes=1)

# --- Profiles -------------------------------------------------------------------

# A thousand profiles are about 200 KiB.
PROFILE_FILE_BYTES_MAX: Final = 1_048_576
# Roles that one profile may lead through; the server allows sixteen.
ROLE_CHAIN_MAX: Final = 16

# --- Command line ---------------------------------------------------------------

# What is read of standard input or of a policy file: the server takes less.
INPUT_BYTES_MAX: Final = 262_144
SESSIONS_SHOWN_DEFAULT: Final = 100
PAGE_SIZE_MAX: Final = 1_000
# Wider than any table of ours, so that a pipe or a file gets whole values.
PIPE_WIDTH_CHARACTERS: Final = 10_000
