"""From a provider that is declared to what its assertions are judged by.

SPEC: sts-operations 1.2.
"""

from __future__ import annotations

from daypass.core import saml_limits
from daypass.core.lru import LruCache
from daypass.directory.declared import SamlProvider, SamlTrust
from daypass.federation.saml.keys import load_certificate, load_decryption_key
from daypass.federation.saml.metadata import IdpMetadata
from daypass.federation.saml.options import Compatibility, EncryptionMode
from daypass.federation.saml.provider import IdentityProvider


class SamlTrusts:
    """Reads the keys of providers, and remembers those in use.

    The directory has checked them when it was loaded. What is remembered is of one
    declaration: another one, with the same name or not, is read anew.
    """

    def __init__(self) -> None:
        self._kept: LruCache[str, tuple[SamlTrust, IdentityProvider]] = LruCache(
            size_max=saml_limits.SAML_PROVIDERS_KEPT_MAX
        )

    def provider(self, declared: SamlProvider, trust: SamlTrust) -> IdentityProvider:
        """Returns the provider with its keys."""
        kept = self._kept.get(declared.arn)
        if kept is not None and kept[0] is trust:
            return kept[1]
        provider = IdentityProvider(
            declared.arn,
            IdpMetadata(
                trust.entity_id,
                tuple(map(load_certificate, trust.certificates)),
                trust.valid_until,
            ),
            EncryptionMode.REQUIRED
            if trust.encryption_required
            else EncryptionMode.ALLOWED,
            tuple(map(load_decryption_key, trust.private_keys)),
        )
        self._kept.put(declared.arn, (trust, provider))
        return provider


def compatibility(trust: SamlTrust) -> Compatibility:
    """Returns the checks that are given up."""
    return Compatibility(**dict.fromkeys(trust.given_up, True))
