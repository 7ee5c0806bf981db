"""An identity provider as assertions are judged by it: all of it is pinned.

SPEC: sts-operations 1.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import rsa

from daypass.core import saml_limits as limits
from daypass.core.arn import Arn
from daypass.federation.saml.metadata import IdpMetadata
from daypass.federation.saml.options import EncryptionMode
from daypass.federation.saml.refusals import SamlRefusedError


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """One SAML provider of one account.

    Attributes:
        arn: `arn:P:iam::A:saml-provider/<name>`.
        metadata: its name for itself and its keys.
        encryption: whether its assertions must be encrypted.
        decryption_keys: the private keys for its encrypted assertions, two at most.
    """

    arn: str
    metadata: IdpMetadata
    encryption: EncryptionMode = EncryptionMode.ALLOWED
    decryption_keys: tuple[rsa.RSAPrivateKey, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Checks what must fit together.

        Raises:
            SamlRefusedError: there are too many keys, or none although everything
                must be encrypted.
        """
        count = len(self.decryption_keys)
        required = self.encryption is EncryptionMode.REQUIRED
        if count > limits.SAML_DECRYPTION_KEYS_MAX or (required and not count):
            raise SamlRefusedError("decryption_keys")

    @property
    def account_id(self) -> str:
        """The account that it belongs to."""
        return Arn.parse(self.arn).account

    @property
    def name(self) -> str:
        """Its name in the account."""
        return Arn.parse(self.arn).resource.partition("/")[2]
