"""Responses that other programs have signed or encrypted: xmlsec1 and pysaml2.

xmlsec1 is the library of most identity providers that are not Java. pysaml2 is a
whole provider; it signs and encrypts by xmlsec1 as well.
"""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from saml2 import BINDING_HTTP_POST, saml
from saml2.config import IdPConfig
from saml2.entity_category import edugain
from saml2.saml import NAMEID_FORMAT_PERSISTENT
from saml2.server import Server

from support.saml_idp import (
    ATTRIBUTES,
    ENTITY,
    ISSUER,
    PROVIDER_ARN,
    RECIPIENT,
    ROLE_ARN,
    SAML_NAMESPACES,
    Signer,
    changed,
)
