"""Bounds of what Daypass says to others about its principals, each with its reason."""

from __future__ import annotations

from typing import Final

# sts-operations 0.4 and 1.11: the parameters of GetWebIdentityToken.
AUDIENCES_MAX: Final = 10
AUDIENCE_CHARACTERS_MIN: Final = 1
AUDIENCE_CHARACTERS_MAX: Final = 1_000
IDENTITY_TOKEN_SECONDS_MIN: Final = 60
IDENTITY_TOKEN_SECONDS_MAX: Final = 3_600
IDENTITY_TOKEN_SECONDS_DEFAULT: Final = 300
# sts-operations 1.11: claims of more bytes do not fit into a header of 20 KB, which is
# where tokens travel.
IDENTITY_TOKEN_PAYLOAD_BYTES_MAX: Final = 14_984
# An audit record names audiences, which may take 40 KB, up to here.
AUDITED_AUDIENCE_CHARACTERS_MAX: Final = 256
