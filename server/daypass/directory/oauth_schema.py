"""The shape of OAuth clients in directory files."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from cryptography.x509 import Name
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from daypass.core import exchange_limits, oauth_limits
from daypass.core.oauth import SECRET_METHODS, AuthenticationMethod
from daypass.directory import field_types as kinds
from daypass.directory.exchange_schema import (
    Audience,
    Chosen,
    Lifetime,
    Listed,
    Resource,
    Scope,
)
from daypass.directory.oauth_clients import CertificateName, CertificateNameKind
from daypass.directory.reference_schema import RawReference

_ONE_PRINCIPAL: Final = "expected exactly one of user and role"
_ONE_PROOF: Final = (
    "client_secret_basic or client_secret_post and exactly one of secret and"
    " secret_hash go together"
)
_KEYS: Final = "private_key_jwt and jwks go together"
_CERTIFICATE: Final = "tls_client_auth and certificate go together"
_ONE_NAME: Final = "expected exactly one of uri, dns and subject"
_OWN_TOKENS: Final = (
    "audiences, resources, scopes and max_lifetime go with the grant"
    " client_credentials, which needs an audience or a resource"
)
_KEY_SET: Final = "expected {file: keys.json}, or the key set itself: {keys: [...]}"
_HASH_FORM: Final = (
    "expected what daypassd oauth new-secret prints: $scrypt$ln=14,r=8,p=1$...$..."
)
_HASH: Final = re.compile(
    rf"\$scrypt\$ln={oauth_limits.SCRYPT_COST_LOG2},r={oauth_limits.SCRYPT_BLOCK_SIZE}"
    rf",p={oauth_limits.SCRYPT_PARALLELISM}\$[A-Za-z0-9+/]{{22}}\$[A-Za-z0-9+/]{{43}}",
    re.ASCII,
)


def _fail(reason: str) -> PydanticCustomError:
    return PydanticCustomError(kinds.CUSTOM_ERROR, reason)


def _check_hash(text: str) -> str:
    if _HASH.fullmatch(text) is None:
        raise _fail(_HASH_FORM)
    return text


def _check_subject(text: str) -> str:
    try:
        name = Name.from_rfc4514_string(text)
    except ValueError:
        raise _fail("expected a distinguished name as RFC 4514 writes it") from None
    if not name.rdns:
        raise _fail("a distinguished name is not empty")
    return text


def _check_keys(value: dict[str, object]) -> dict[str, object]:
    by_file = value.keys() == {"file"} and isinstance(value["file"], str)
    inline = value.keys() == {"keys"} and isinstance(value["keys"], list)
    if not (by_file or inline):
        raise _fail(_KEY_SET)
    return value


SecretHash = Annotated[str, AfterValidator(_check_hash)]
KeySet = Annotated[dict[str, object], AfterValidator(_check_keys)]
Subject = Annotated[str, AfterValidator(_check_subject), Field(max_length=1_024)]
# A URI in full, compared byte for byte; a SPIFFE ID is one.
CertificateUri = Annotated[
    str, Field(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+\z", max_length=2_048)
]
CertificateDns = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\z", max_length=253)
]
Method = Literal[
    "client_secret_basic", "client_secret_post", "private_key_jwt", "tls_client_auth"
]
Grant = Literal["token_exchange", "client_credentials", "jwt_bearer"]


class _Raw(BaseModel):
    """The base of what stands here: strict, frozen, and closed as all of a file is."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RawCertificate(_Raw):
    """What names a client in its certificate: exactly one of its members."""

    uri: CertificateUri | None = None
    dns: CertificateDns | None = None
    subject: Subject | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        given = [getattr(self, name) for name in self.model_fields_set]
        if len(given) != 1 or given[0] is None:
            raise _fail(_ONE_NAME)
        return self

    def name(self) -> CertificateName:
        """Returns the name as the model has it."""
        ((kind, value),) = self.model_dump(exclude_unset=True).items()
        return CertificateName(CertificateNameKind(kind), str(value))


class RawOAuthClient(_Raw):
    """A client of the OAuth endpoints, and the principal that it acts as."""

    description: kinds.OneLine = ""
    user: kinds.EntityName | None = None
    role: kinds.EntityName | None = None
    authentication: Chosen[Method]
    secret: RawReference | None = None
    secret_hash: SecretHash | None = None
    jwks: KeySet | None = None
    certificate: RawCertificate | None = None
    grants: Listed[Grant] = ()
    audiences: Listed[Audience] = ()
    resources: Listed[Resource] = ()
    scopes: Annotated[
        tuple[Scope, ...], Field(strict=False, max_length=exchange_limits.SCOPES_MAX)
    ] = ()
    max_lifetime: Lifetime | None = None
    introspects: Listed[Audience] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.user is None) is (self.role is None):
            raise _fail(_ONE_PRINCIPAL)
        secrets = (self.secret is not None) + (self.secret_hash is not None)
        if secrets != bool(SECRET_METHODS & self.methods):
            raise _fail(_ONE_PROOF)
        if (self.jwks is not None) is not self._may(
            AuthenticationMethod.PRIVATE_KEY_JWT
        ):
            raise _fail(_KEYS)
        if (self.certificate is not None) is not self._may(
            AuthenticationMethod.TLS_CLIENT_AUTH
        ):
            raise _fail(_CERTIFICATE)
        own = bool(self.audiences or self.resources)
        more = bool(self.scopes) or self.max_lifetime is not None
        if own is not ("client_credentials" in self.grants) or (more and not own):
            raise _fail(_OWN_TOKENS)
        return self

    @property
    def methods(self) -> frozenset[AuthenticationMethod]:
        """How it may prove who it is."""
        return frozenset(map(AuthenticationMethod, self.authentication))

    @property
    def lifetime(self) -> timedelta:
        """How long tokens of its own live."""
        return self.max_lifetime or exchange_limits.EXCHANGED_LIFETIME_DEFAULT

    def _may(self, method: AuthenticationMethod) -> bool:
        return method in self.methods
