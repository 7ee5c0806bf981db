"""The condition keys that a token of a provider fills.

Every key begins with the issuer without its scheme, taken from the registered
provider and never from a claim, so that no issuer fills the keys of another
(attacks O23). Which claims become keys is a closed list for each issuer.

SPEC: sts-operations 1.3; policy-language 6.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Claims that public providers are known to fill with what a trust policy may rest
# on, by issuer. `sub`, `aud`, `azp`, `amr` and `email` are keys for every issuer.
ISSUER_CLAIMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "https://token.actions.githubusercontent.com": (
            "actor",
            "actor_id",
            "enterprise_id",
            "environment",
            "job_workflow_ref",
            "ref",
            "repository",
            "repository_id",
            "workflow",
        ),
        "https://gitlab.com": (
            "environment",
            "namespace_id",
            "namespace_path",
            "pipeline_source",
            "project_id",
            "project_path",
            "ref",
            "ref_type",
            "user_login",
        ),
    }
)

# SPEC: policy-language 6.5: those that later requests of the session still see.
LASTING: Final = frozenset({"aud", "sub", "amr"})
GOOGLE: Final = "https://accounts.google.com"


def named_by_issuer(
    issuer: str, values: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Returns values under the full names of their keys; empty ones are left out."""
    prefix = issuer.removeprefix("https://")
    return {f"{prefix}:{name}": value for name, value in values.items() if value}
