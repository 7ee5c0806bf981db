"""Every bound of the client, in one place, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# --- Calls ----------------------------------------------------------------------

# What the server grants a call that names no deadline, and the most it grants.
CALL_TIMEOUT_DEFAULT: Final = timedelta(seconds=10)
CALL_TIMEOUT_MAX: Final = timedelta(seconds=60)
# One call and three repetitions: with the pauses below that is under a second, so
# a person who named the wrong endpoint is told so at once.
ATTEMPTS_MAX: Final = 4
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
