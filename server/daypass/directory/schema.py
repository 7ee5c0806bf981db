"""The shape of directory files, before anything is compared with anything else.

A file is one of three: of an account (`account:`), of policies that every account
may use (`owner: aws`), or of the organisation (`organization:`). An unknown field
is a fault everywhere.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from daypass.core import limits, saml_limits
from daypass.directory import field_types as kinds
from daypass.directory.exchange_schema import RawExchangePolicy
from daypass.directory.oauth_schema import RawOAuthClient
from daypass.directory.organization_schema import OrganizationFile
from daypass.directory.reference_schema import RawReference


class Raw(BaseModel):
    """The base of everything in a file: strict, frozen, and closed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_ONE_DOCUMENT: Final = "expected exactly one of file and local"
_ONE_PRINCIPAL: Final = "expected exactly one of user and role"


def _key_id_kind(value: object) -> str:
    return "<text>" if isinstance(value, str) else "<reference>"


KeyId = Annotated[
    Annotated[kinds.AccessKeyId, Tag("<text>")]
    | Annotated[RawReference, Tag("<reference>")],
    Discriminator(_key_id_kind),
]


class RawAccessKey(Raw):
    """A long-term access key; the id may stand in the file, the secret never."""

    id: KeyId
    secret: RawReference
    status: Literal["Active", "Inactive"] = "Active"


AccessKeys = Annotated[
    tuple[RawAccessKey, ...], Field(strict=False, max_length=limits.ACCESS_KEYS_MAX)
]


class RawRoot(Raw):
    """The root user of an account."""

    access_keys: AccessKeys = ()


class RawGroup(Raw):
    """A group; what it is allowed, its users are allowed."""

    path: kinds.EntityPath = "/"
    policies: dict[kinds.LongName, kinds.PolicyValue] = Field(default_factory=dict)
    attached_policies: kinds.PolicyNames = ()


class RawUser(RawGroup):
    """A user."""

    groups: kinds.Names = ()
    permissions_boundary: kinds.PolicyName | None = None
    tags: kinds.Tags = Field(default_factory=dict)
    access_keys: AccessKeys = ()


class RawRole(RawGroup):
    """A role."""

    path: kinds.RolePath = "/"
    description: kinds.OneLine = ""
    trust: kinds.PolicyValue
    permissions_boundary: kinds.PolicyName | None = None
    max_session_duration: kinds.MaxSession = timedelta(hours=1)
    tags: kinds.Tags = Field(default_factory=dict)


class RawManagedPolicy(Raw):
    """A policy with a name of its own."""

    path: kinds.EntityPath = "/"
    description: kinds.OneLine = ""
    document: kinds.PolicyValue


class RawSamlMetadata(Raw):
    """A metadata document: exactly one of `file` and `local`."""

    file: kinds.SecretText | None = None
    local: kinds.SecretText | None = None
    signed_by: str | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.file is None) is (self.local is None):
            raise PydanticCustomError(kinds.CUSTOM_ERROR, _ONE_DOCUMENT)
        return self


class RawSamlCompatibility(Raw):
    """Checks of assertions that are given up, each by its name."""

    unsafe_ignore_audience: bool = False
    unsafe_ignore_not_before: bool = False
    unsafe_accept_replay: bool = False
    unsafe_accept_expired_certificates: bool = False
    unsafe_accept_unknown_request: bool = False


class RawSamlProvider(Raw):
    """A SAML identity provider; without metadata its assertions are not taken."""

    entity_id: kinds.SecretText | None = None
    metadata: RawSamlMetadata | None = None
    assertion_encryption: Literal["Allowed", "Required"] = "Allowed"
    private_keys: Annotated[
        tuple[RawReference, ...],
        Field(strict=False, max_length=saml_limits.SAML_DECRYPTION_KEYS_MAX),
    ] = ()
    compatibility: RawSamlCompatibility = RawSamlCompatibility()


class RawKeySet(Raw):
    """The public keys of a provider, in a file of the folder."""

    file: kinds.SecretText


class RawOidcProvider(Raw):
    """An OIDC identity provider."""

    client_ids: Annotated[
        tuple[kinds.ClientId, ...],
        Field(strict=False, min_length=1, max_length=limits.CLIENT_IDS_MAX),
    ]
    key_set: RawKeySet | None = None
    algorithms: Annotated[
        tuple[kinds.SigningAlgorithm, ...], Field(strict=False, min_length=1)
    ] = kinds.SIGNING_ALGORITHMS
    single_use: bool = False


class RawOutboundFederation(Raw):
    """Whether the account's principals get tokens for others, and from which issuer."""

    enabled: bool
    issuer: kinds.IssuerUrl | None = None


class RawMfaDevice(Raw):
    """A second factor of a user, or, without one, of the root user."""

    user: kinds.EntityName | None = None
    seed: RawReference


class RawWorkload(Raw):
    """Whom a workload stands for: exactly one of its members."""

    user: kinds.EntityName | None = None
    role: kinds.EntityName | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.user is None) is (self.role is None):
            raise PydanticCustomError(kinds.CUSTOM_ERROR, _ONE_PRINCIPAL)
        return self


class RawAccount(Raw):
    """Which account a file is of; exactly one of its files says its name."""

    id: kinds.AccountId
    name: kinds.OneLine | None = None
    partition: kinds.Partition | None = None


class AccountFile(Raw):
    """A file of an account, which may have several."""

    account: RawAccount
    root: RawRoot | None = None
    users: dict[kinds.EntityName, RawUser] = {}
    groups: dict[kinds.LongName, RawGroup] = {}
    roles: dict[kinds.EntityName, RawRole] = {}
    policies: dict[kinds.LongName, RawManagedPolicy] = {}
    saml_providers: dict[kinds.ProviderName, RawSamlProvider] = {}
    oidc_providers: dict[kinds.IssuerUrl, RawOidcProvider] = {}
    mfa_devices: dict[kinds.LongName, RawMfaDevice] = {}
    workloads: dict[kinds.SpiffeId, RawWorkload] = {}
    exchange_policies: dict[kinds.LongName, RawExchangePolicy] = {}
    outbound_federation: RawOutboundFederation | None = None
    oauth_clients: dict[kinds.OAuthClientId, RawOAuthClient] = {}


class SharedFile(Raw):
    """A file of policies that no account owns and every account may use."""

    owner: Literal["aws"]
    partition: kinds.Partition = "aws"
    policies: dict[kinds.LongName, RawManagedPolicy] = {}


DirectoryFile = AccountFile | SharedFile | OrganizationFile
