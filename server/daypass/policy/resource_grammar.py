"""The shape of the entries of Resource and NotResource.

SPEC: policy-language 3.1, the third and sixth text; 4 (no wildcard in a service).
"""

from __future__ import annotations

import re
from typing import Final

from daypass.core.arn import is_partition
from daypass.policy.resources import EVERYTHING

_PATTERN_OF_PARTITIONS: Final = re.compile(r"(?=.*[*?])[a-z*?-]{1,64}", re.ASCII)
# What stands between the colons behind `arn`.
_PARTS: Final = 5
_IAM_PATHS: Final = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)
_ROOT_USER: Final = "root"


def has_gap(resource: str) -> bool:
    """Tells whether an ARN lacks its service, or is abbreviated with an empty part."""
    prefix, *parts = resource.split(":", _PARTS)
    if prefix != "arn" or not _is_partition(parts[0] if parts else ""):
        return False
    lacks_service = parts[1:2] == [""]
    return lacks_service or (len(parts) < _PARTS and "" in parts)


def resource_fault(resource: str) -> str | None:
    """Returns the text that says what is wrong with an entry, or None."""
    if resource == EVERYTHING:
        return None
    prefix, colon, rest = resource.partition(":")
    parts = rest.split(":", _PARTS - 1)
    if colon and not _is_partition(parts[0]):
        shown = ":".join(parts + ["*"] * (_PARTS - len(parts)))
        return f'Partition "{parts[0]}" is not valid for resource "arn:{shown}".'
    if not colon or prefix != "arn":
        return f'Resource {resource} must be in ARN format or "*".'
    if len(parts) == 1 or "*" in parts[1] or "?" in parts[1]:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    return _service_fault(resource, parts)


def _service_fault(resource: str, parts: list[str]) -> str | None:
    """Checks what some services ask of their resources."""
    abbreviated = len(parts) < _PARTS
    _, service, region, _, path = parts + [""] * (_PARTS - len(parts))
    if service == "iam":
        return _iam_fault(resource, region, EVERYTHING if abbreviated else path)
    if service == "s3" and region and not path.startswith("accesspoint"):
        return f"Resource {resource} can not contain region information."
    return None


def _iam_fault(resource: str, region: str, path: str) -> str | None:
    if region:
        return f"IAM resource {resource} cannot contain region information."
    # The text names what AWS names, and not the root user, which AssumeRoot is for.
    if path not in {EVERYTHING, _ROOT_USER} and not path.startswith(_IAM_PATHS):
        paths = ", ".join(_IAM_PATHS)
        return f'IAM resource path must either be "*" or start with {paths}.'
    return None


def _is_partition(text: str) -> bool:
    """Tells whether it names a partition, or is a pattern of their names."""
    return is_partition(text) or _PATTERN_OF_PARTITIONS.fullmatch(text) is not None
