"""Amazon Resource Names: parsing, printing, and the shapes that STS uses.

SPEC: sts-operations 2.1 and 2.2.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from daypass.core.errors import ValidationError
from daypass.core.quick import quick_init

_SEGMENTS: Final = 6
_ACCOUNT: Final = re.compile(r"[0-9]{12}", re.ASCII)
_PARTITION: Final = re.compile(r"aws(-[a-z]{1,16}){0,3}", re.ASCII)
_ENTITY_NAME: Final = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_PATH: Final = re.compile(r"/|/[\x21-\x7e]{1,510}/", re.ASCII)


@quick_init
@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN, split at its first five colons.

    The resource part may hold colons. `str()` gives the text back unchanged.
    """

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Splits an ARN.

        Raises:
            ValidationError: the text has no six segments, or one that an ARN of
                any service must have is empty.
        """
        parts = text.split(":", _SEGMENTS - 1)
        if len(parts) != _SEGMENTS or parts[0] != "arn":
            raise ValidationError("arn_shape", message=f"{text} is invalid")
        arn = cls(*parts[1:])
        if not arn.partition or not arn.service or not arn.resource:
            raise ValidationError("arn_segment_empty", message=f"{text} is invalid")
        return arn

    def __str__(self) -> str:
        """Prints the ARN."""
        return (
            f"arn:{self.partition}:{self.service}:{self.region}:{self.account}"
            f":{self.resource}"
        )


@quick_init
@dataclass(frozen=True, slots=True)
class EntityArn:
    """The ARN of a user or role in an account, split into path and name.

    `path` begins and ends with a slash.
    """

    partition: str
    account: str
    kind: str
    path: str
    name: str

    @classmethod
    def parse(cls, text: str, *, kind: str) -> Self:
        """Parses `arn:P:iam::A:<kind><path><name>`.

        Args:
            text: the ARN.
            kind: the resource type that is expected, such as `role`.

        Raises:
            ValidationError: it is not the ARN of such an entity.
        """
        arn = Arn.parse(text)
        prefix, slash, rest = arn.resource.partition("/")
        directory, inner, name = rest.rpartition("/")
        path = f"/{directory}/" if inner else "/"
        whole = (
            slash
            and prefix == kind
            and arn.service == "iam"
            and not arn.region
            and is_partition(arn.partition)
            and is_account_id(arn.account)
            and is_entity_name(name)
            and is_path(path)
        )
        if not whole:
            raise ValidationError("arn_not_a_" + kind, message=f"{text} is invalid")
        return cls(arn.partition, arn.account, kind, path, name)

    def __str__(self) -> str:
        """Prints the ARN."""
        return entity_arn(self.partition, self.account, self.kind, self.path, self.name)


def is_account_id(text: str) -> bool:
    """Tells whether the text is twelve ASCII digits."""
    return _ACCOUNT.fullmatch(text) is not None


def is_partition(text: str) -> bool:
    """Tells whether the text has the form of a partition name, such as `aws-cn`."""
    return _PARTITION.fullmatch(text) is not None


def is_entity_name(text: str) -> bool:
    """Tells whether a user or a role may have this name (spec 2.2)."""
    return _ENTITY_NAME.fullmatch(text) is not None


def is_path(text: str) -> bool:
    """Tells whether an entity may have this path (spec 2.2)."""
    return _PATH.fullmatch(text) is not None


def root_arn(partition: str, account: str) -> str:
    """Returns the ARN of an account, which is that of its root user."""
    return f"arn:{partition}:iam::{account}:root"


def entity_arn(partition: str, account: str, kind: str, path: str, name: str) -> str:
    """Returns the ARN of a user, role, group, policy or the like."""
    return f"arn:{partition}:iam::{account}:{kind}{path}{name}"


def role_session_arn(
    partition: str, account: str, role_name: str, session_name: str
) -> str:
    """Returns the ARN of a role session, in which the role's path is dropped."""
    return f"arn:{partition}:sts::{account}:assumed-role/{role_name}/{session_name}"


def federated_user_arn(partition: str, account: str, name: str) -> str:
    """Returns the ARN of a federated user."""
    return f"arn:{partition}:sts::{account}:federated-user/{name}"
