"""The forms of what an exchange names: targets and scopes.

Directory files and requests are held to the same forms, so that what is declared
can be asked for.

SPEC: sts-operations 6.1 (a resource is an absolute URI without fragment); RFC 3986
section 4.3; RFC 6749 section 3.3 (`scope-token`).
"""

from __future__ import annotations

import re
from typing import Final

AUDIENCE_PATTERN: Final = r"[\x21-\x7e]*"
AUDIENCE_CHARACTERS: Final = re.compile(AUDIENCE_PATTERN, re.ASCII)
RESOURCE_PATTERN: Final = r"[A-Za-z][A-Za-z0-9+.-]*:[!$-;=?-\[\]_a-z~]+"
RESOURCE_CHARACTERS: Final = re.compile(RESOURCE_PATTERN, re.ASCII)
SCOPE_PATTERN: Final = r"[\x21\x23-\x5b\x5d-\x7e]*"
SCOPE_CHARACTERS: Final = re.compile(SCOPE_PATTERN, re.ASCII)
