"""What an outbound identity token says of its principal beside its name.

| Member | What |
|---|---|
| `aws_account` | the account, twelve digits |
| `source_region` | the region that the call was signed for |
| `principal_id` | the ARN of the user or role, path included, as in `sub` |
| `org_id` | the organisation of the account |
| `ou_path` | the path of its unit in the organisation, in a list |
| `principal_tags` | the tags of the user or role, with session tags over them |
| `request_tags` | the tags that were passed for this token |
| `original_session_exp` | when the calling session ends |
| `federated_provider` | the provider whose proof began the session |
| `source_identity` | the source identity of the session |

A fact that there is not is left out. Daypass has no facts of machines and none of
single sign-on to tell.

SPEC: sts-operations 1.11; details 1 and 45.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from daypass.core.strict_json import JsonValue
from daypass.directory.entities import Account
from daypass.sts.caller import Caller
from daypass.sts.context import ContextKeys, instant

_PRINCIPAL_TAG: Final = "aws:PrincipalTag/"


def identity_facts(
    caller: Caller,
    *,
    account: Account | None,
    keys: ContextKeys,
    request_tags: Mapping[str, str],
) -> Mapping[str, JsonValue]:
    """Returns the facts of a caller.

    Args:
        caller: whom the token names.
        account: the account of the caller.
        keys: the context keys of the caller, which its tags are taken from, so that
            others see what policies see.
        request_tags: those that were passed for this token.
    """
    session = caller.session
    tags: dict[str, JsonValue] = {
        name.removeprefix(_PRINCIPAL_TAG): value
        for name, value in keys.items()
        if name.startswith(_PRINCIPAL_TAG) and isinstance(value, str)
    }
    path = account.organization_path if account else None
    facts: dict[str, JsonValue] = {
        "aws_account": caller.principal.account_id,
        "source_region": caller.region,
        "principal_id": caller.principal.principal_arn,
        "org_id": account.organization_id if account else None,
        "ou_path": [path] if path else None,
        "principal_tags": tags or None,
        "request_tags": dict(request_tags) or None,
        "original_session_exp": instant(session.expire_time) if session else None,
        "federated_provider": session.federated_provider if session else None,
        "source_identity": session.source_identity if session else None,
    }
    return {name: value for name, value in facts.items() if value is not None}
