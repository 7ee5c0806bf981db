"""What a good proof may become: the rules of a federated assumption, each by itself.

Which roles there are to assume, which tags and how long a session are right, which
actions the role's trust policy has to allow, and what that policy is shown. In which
order they are asked is said in `sts.federated_assumption`.

SPEC: sts-operations 0.7, 0.8, 1.2 and 1.3; policy-language 6.3 to 6.5.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from daypass.core.errors import InvalidIdentityTokenError, ValidationError
from daypass.core.validation import Violations
from daypass.directory.entities import Role
from daypass.sts.context import ContextKeys, names, tag_keys
from daypass.sts.federated_proof import AssumptionParameters, FederatedProof
from daypass.sts.tags import check_tag_conflicts, check_tag_fields

_TAG_SESSION: Final = "sts:TagSession"
_SET_SOURCE_IDENTITY: Final = "sts:SetSourceIdentity"
# Roles of single sign-on; only that may open sessions of them (spec 1.2).
_RESERVED_PATH: Final = "/aws-reserved/"


def assumable(role: Role | None) -> Role | None:
    """Returns a role that a proof may be exchanged for, or None."""
    if role is None or role.path.startswith(_RESERVED_PATH):
        return None
    return role


def check_tags(proof: FederatedProof) -> None:
    """Checks the tags that a proof names.

    Raises:
        InvalidParameterValueError: they conflict, or are reserved or too many.
        InvalidIdentityTokenError: one does not have the form of a tag.
    """
    check_tag_conflicts(proof.tags, proof.transitive_tag_keys, {})
    found = Violations()
    check_tag_fields(proof.tags, proof.transitive_tag_keys, found)
    try:
        found.raise_if_any()
    except ValidationError as error:
        # NOTE: it is no parameter that is wrong, but what the provider has said.
        raise InvalidIdentityTokenError(
            "proof_tag_malformed",
            message="A session tag of the identity token is not valid",
        ) from error


def check_duration(duration: timedelta, role: Role) -> None:
    """Checks how long the session shall last.

    Raises:
        ValidationError: it is longer than the role allows.
    """
    if duration > role.max_session:
        raise ValidationError(
            "duration_above_role",
            message=(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for"
                " this role."
            ),
        )


def further_actions(proof: FederatedProof) -> Iterable[str]:
    """Yields the actions that the trust policy has to allow besides the operation's."""
    if proof.tags:
        yield _TAG_SESSION
    if proof.source_identity is not None:
        yield _SET_SOURCE_IDENTITY


def context_keys(
    proof: FederatedProof, parameters: AssumptionParameters, role: Role | None
) -> ContextKeys:
    """Returns the keys of the operation and of the proof (policy-language 6.3 to 6.5)."""
    keys: ContextKeys = {
        **proof.trust_keys,
        "sts:RoleSessionName": proof.session_name,
        "aws:ResourceAccount": parameters.role.account,
    }
    if proof.source_identity is not None:
        keys["sts:SourceIdentity"] = proof.source_identity
    if proof.transitive_tag_keys:
        keys["sts:TransitiveTagKeys"] = names(proof.transitive_tag_keys)
    if proof.tags:
        tags = {tag.key: tag.value for tag in proof.tags}
        keys["aws:TagKeys"] = names(tags)
        keys.update(tag_keys("aws:RequestTag", tags))
    role_tags = role.tags if role is not None else {}
    keys.update(tag_keys("aws:ResourceTag", role_tags))
    keys.update(tag_keys("iam:ResourceTag", role_tags))
    return keys
