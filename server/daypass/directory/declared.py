"""Declarations besides users, groups, roles and policies.

Each is parsed, checked against the rest of the folder and kept in the model.
Trust policies may name the SAML and OIDC providers, and tokens of the latter are
exchanged. AssumeRole and GetSessionToken ask for second factors. Workloads, people,
permission sets and assignments are kept and not yet acted on.

SPEC: sts-operations 1.2, 1.3, 2.1 and 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from daypass.core.secret import Secret
from daypass.directory.field_types import SIGNING_ALGORITHMS
from daypass.policy.document import Policy


class RootFeature(StrEnum):
    """What of AssumeRoot an organisation has enabled; keys of the file format."""

    CREDENTIALS = "RootCredentialsManagement"
    SESSIONS = "RootSessions"


class SecretSource(StrEnum):
    """Where a secret comes from; the values are keys of the file format."""

    ENVIRONMENT = "env"
    FILE = "file"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A secret by reference: its value is never in a directory file.

    Attributes:
        source: how to find it.
        value: the name of an environment variable, a path below the folder of
            secrets, or the sealed text.
    """

    source: SecretSource
    value: str


@dataclass(frozen=True, slots=True)
class SamlTrust:
    """What the assertions of a SAML provider are judged by: all of it is pinned.

    Attributes:
        entity_id: what its assertions call their issuer.
        certificates: those whose keys vouch for its assertions, in DER.
        valid_until: when its metadata ends, or None.
        encryption_required: whether its assertions must be encrypted.
        private_keys: the keys for encrypted assertions, in PEM.
        given_up: the names of the checks that are not made.
    """

    entity_id: str
    certificates: tuple[bytes, ...]
    valid_until: datetime | None = None
    encryption_required: bool = False
    private_keys: tuple[Secret, ...] = ()
    given_up: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SamlProvider:
    """A SAML identity provider.

    Attributes:
        arn: `arn:P:iam::A:saml-provider/<name>`.
        name: its name in the account.
        entity_id: what the directory file says that its issuer is called, or None.
        trust: what its assertions are judged by; None takes none of them.
    """

    arn: str
    name: str
    entity_id: str | None
    trust: SamlTrust | None = None


@dataclass(frozen=True, slots=True)
class KeySetFile:
    """Public keys that were written down.

    Attributes:
        name: the file, relative to the folder.
        text: what stands in it.
    """

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """An OIDC identity provider, whose tokens are exchanged for credentials.

    Attributes:
        arn: `arn:P:iam::A:oidc-provider/<host><path>`.
        url: the issuer, an https URL.
        client_ids: the audiences that it may issue tokens for.
        algorithms: what it may sign with, named as in RFC 7518.
        key_set: its keys where they are written down; it is never asked then.
        single_use: whether a token may be exchanged once only.
    """

    arn: str
    url: str
    client_ids: tuple[str, ...]
    algorithms: frozenset[str] = frozenset(SIGNING_ALGORITHMS)
    key_set: KeySetFile | None = None
    single_use: bool = False


@dataclass(frozen=True, slots=True)
class OutboundFederation:
    """Whether an account names its principals to others, and as which issuer.

    Attributes:
        enabled: whether tokens are issued.
        issuer: the https URL under which its documents are found; None for the one
            that the deployment gives it.
    """

    enabled: bool
    issuer: str | None


@dataclass(frozen=True, slots=True)
class MfaDevice:
    """The second factor of a user or of a root user.

    Attributes:
        serial_number: `arn:P:iam::A:mfa/<name>`.
        owner_arn: whose it is.
        seed: the bytes that are shared with it.
    """

    serial_number: str
    owner_arn: str
    seed: Secret


@dataclass(frozen=True, slots=True)
class WorkloadMapping:
    """Which principal a workload with a SPIFFE ID is; not yet acted on.

    Attributes:
        spiffe_id: `spiffe://<trust domain>/<path>`.
        principal_arn: the user or role it stands for.
    """

    spiffe_id: str
    principal_arn: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in, not yet acted on.

    Attributes:
        name: the sign-in name, which becomes the session name.
        display_name: how to show it.
        groups: the single sign-on groups that the person is in.
    """

    name: str
    display_name: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """What a person may do in an account where it is assigned; not yet acted on.

    Attributes:
        name: at most 32 characters, so that the role's name fits.
        session_duration: one to twelve hours.
        attached_policies: ARNs of AWS-owned policies, and bare names of policies
            that each assigned account has.
        inline: one inline policy, or None.
        permissions_boundary: as one of `attached_policies`, or None.
    """

    name: str
    session_duration: timedelta
    attached_policies: tuple[str, ...]
    inline: Policy | None
    permissions_boundary: str | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who gets which permission set in which account; not yet acted on.

    Exactly one of `person` and `group` is set.
    """

    account_id: str
    permission_set: str
    person: str | None
    group: str | None


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """All that is declared of single sign-on; not yet acted on."""

    people: tuple[Person, ...] = ()
    groups: tuple[str, ...] = ()
    permission_sets: tuple[PermissionSet, ...] = ()
    assignments: tuple[Assignment, ...] = ()
