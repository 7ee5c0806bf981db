"""The forms of principals, and what each becomes when a document is stored.

SPEC: policy-language 2.1 and 3.2. Users and roles that are named by ARN become
unique ids, so that a namesake created later is somebody else. Account ids, sessions,
services and providers stay as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from daypass.core import policy_limits
from daypass.core.arn import Arn, EntityArn, is_account_id, is_partition
from daypass.core.errors import ValidationError
from daypass.core.identifiers import ROLE_PREFIX, USER_PREFIX, is_unique_id
from daypass.policy.document import DocumentKind
from daypass.policy.grammar import Draft, malformed
from daypass.policy.principals import PrincipalSet
from daypass.policy.raw import RawPrincipals, RawStatement

EVERYONE: Final = "*"
_EVERY_AWS: Final = {"AWS": (EVERYONE,)}
COGNITO: Final = "cognito-identity.amazonaws.com"
_BUILT_IN_PROVIDERS: Final = frozenset(
    {"accounts.google.com", "www.amazon.com", "graph.facebook.com", COGNITO}
)
_SERVICE_DOMAINS: Final = (".amazonaws.com", ".amazonaws.com.cn")
_SERVICE: Final = re.compile(r"[a-z0-9-]++(?:\.[a-z0-9-]++)+", re.ASCII)
_SESSION_NAME: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_SESSION: Final = re.compile(
    r"assumed-role/[\w+=,.@-]{1,64}/[\w+=,.@-]{2,64}|federated-user/[\w+=,.@-]{2,32}",
    re.ASCII,
)
_PROVIDER: Final = re.compile(
    r"saml-provider/[\w.-]{1,128}|oidc-provider/[\w./~%-]{1,255}", re.ASCII
)
_CANONICAL_USER: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


_NOBODY: Final[frozenset[str]] = frozenset()
_ARN_MARK: Final = "arn:"


def check_principals(statement: RawStatement, draft: Draft) -> None:
    """Checks whom a statement is about.

    Raises:
        MalformedPolicyDocumentError: with the text for what is wrong.
    """
    principals = statement.principals
    if principals is None:
        raise malformed("principal_missing", "Missing required field Principal")
    if principals.negated:
        _check_negated(statement, draft)
    if principals.value == EVERYONE:
        if draft.kind is DocumentKind.TRUST:
            raise malformed(
                "principal_star",
                'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
            )
        return
    if not principals.value:
        raise malformed(
            "principal_empty", "Missing required field Principal cannot be empty!"
        )
    if draft.kind is DocumentKind.RESOURCE_CONTROL and principals.value != _EVERY_AWS:
        message = 'Invalid principal in policy: it must be "*"'
        raise malformed("principal_of_control", message)
    read_principals(principals, draft)


def _check_negated(statement: RawStatement, draft: Draft) -> None:
    if statement.effect == "Allow":
        raise malformed(
            "not_principal_allow", "Allow with NotPrincipal is not allowed."
        )
    if draft.kind is not DocumentKind.RESOURCE:
        raise malformed(
            "not_principal", "AssumeRole policy must not contain NotPrincipal field."
        )


def read_principals(principals: RawPrincipals, draft: Draft) -> PrincipalSet:
    """Compiles a Principal element.

    Raises:
        MalformedPolicyDocumentError: an entry names nobody that may stand there.
    """
    kinds = principals.value
    if isinstance(kinds, str):
        return PrincipalSet(everyone=True, negated=principals.negated)
    for kind in kinds:
        if kind not in _KINDS or (kind in _KINDS_OF_RESOURCES and draft.is_trust):
            raise malformed("principal_kind", f'Invalid principal in policy: "{kind}"')
    if not any(kinds.values()):
        raise malformed("principal_lists_empty", _NO_PRINCIPALS)
    read = {
        kind: _read_kind(kind, kinds[kind], draft) for kind in _KINDS if kind in kinds
    }
    aws = read.get("AWS", _NOBODY)
    return PrincipalSet(
        every_aws=EVERYONE in aws,
        aws=aws - {EVERYONE},
        services=read.get("Service", _NOBODY),
        federated=read.get("Federated", _NOBODY),
        negated=principals.negated,
    )


def _read_kind(kind: str, entries: tuple[str, ...], draft: Draft) -> frozenset[str]:
    shown, read = _KINDS[kind]
    found: set[str] = set()
    for entry in entries:
        name = read(entry, draft)
        if name is None:
            message = f'Invalid principal in policy: "{shown}":"{entry}"'
            raise malformed("principal_invalid", message)
        found.add(name)
    return frozenset(found)


def _aws(entry: str, draft: Draft) -> str | None:
    """Reads an AWS entry; None when it names nobody."""
    if entry == EVERYONE or _is_identifier(entry):
        return entry
    if is_account_id(entry):
        return draft.resolve(entry)
    arn = _account_arn(entry)
    return None if arn is None else _aws_arn(entry, arn, draft)


def _aws_arn(entry: str, arn: Arn, draft: Draft) -> str | None:
    if arn.service == "sts":
        return entry if _SESSION.fullmatch(arn.resource) else None
    if arn.service != "iam":
        return None
    if arn.resource == "root":
        return entry if draft.resolve(entry) is not None else None
    return draft.resolve(entry) if _is_entity(entry, arn) else None


@lru_cache(maxsize=policy_limits.PRINCIPALS_KEPT_MAX)
def _account_arn(entry: str) -> Arn | None:
    """Reads the ARN of something that an account owns and no region holds."""
    try:
        arn = Arn.parse(entry)
    except ValidationError:
        return None
    is_global = not arn.region and is_partition(arn.partition)
    return arn if is_global and is_account_id(arn.account) else None


def _is_identifier(entry: str) -> bool:
    """Tells whether it is the unique id of a user or role, or of a role's session."""
    if entry.startswith(_ARN_MARK):
        return False
    identifier, colon, session = entry.partition(":")
    if not is_unique_id(identifier):
        return False
    if colon:
        named = _SESSION_NAME.fullmatch(session) is not None
        return identifier.startswith(ROLE_PREFIX) and named
    return identifier.startswith((ROLE_PREFIX, USER_PREFIX))


@lru_cache(maxsize=policy_limits.PRINCIPALS_KEPT_MAX)
def _is_entity(entry: str, arn: Arn) -> bool:
    """Tells whether it is the ARN of a user or role, without any wildcard."""
    kind = arn.resource.partition("/")[0]
    if kind not in {"user", "role"} or "*" in entry or "?" in entry:
        return False
    try:
        EntityArn.parse(entry, kind=kind)
    except ValidationError:
        return False
    return True


def _service(entry: str, draft: Draft) -> str | None:
    del draft
    fits = _SERVICE.fullmatch(entry) and entry.endswith(_SERVICE_DOMAINS)
    return entry if fits else None


def _federated(entry: str, draft: Draft) -> str | None:
    del draft
    if entry in _BUILT_IN_PROVIDERS:
        return entry
    arn = _account_arn(entry)
    if arn is None or arn.service != "iam":
        return None
    return entry if _PROVIDER.fullmatch(arn.resource) else None


def _canonical_user(entry: str, draft: Draft) -> str | None:
    """Reads the id of an object store's owner, who is never a caller here."""
    del draft
    return entry if _CANONICAL_USER.fullmatch(entry) else None


# For each kind of entry: how messages show it, and what reads it.
_KINDS: Final[Mapping[str, tuple[str, Callable[[str, Draft], str | None]]]] = {
    "AWS": ("AWS", _aws),
    "Service": ("SERVICE", _service),
    "Federated": ("FEDERATED", _federated),
    "CanonicalUser": ("CANONICALUSER", _canonical_user),
}
_KINDS_OF_RESOURCES: Final = frozenset({"CanonicalUser"})
_NO_PRINCIPALS: Final = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The"
    " passed in policy has a statement with no principals!"
)
