"""A session that has been decided and is to be issued.

SPEC: design 6; sts-operations 0.6 to 0.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from daypass.core.quick import quick_init
from daypass.core.session import SessionKind, SessionPolicies


@quick_init
@dataclass(frozen=True, slots=True)
class SessionDraft:
    """A session that has been decided and is to be issued.

    It has no names yet: sessions of many names may come of one draft. The issuer adds
    them, its times, and the origin where it comes from.

    Attributes:
        kind: the operation.
        account_id: the account that will own it.
        principal_id: the unique id of its role or user.
        principal_arn: the ARN of its role or user, for the record.
        duration: how long it lasts.
        tags: session tags, the inherited ones included.
        transitive_tag_keys: those that pass on.
        source_identity: sent or inherited, or None.
        policies: the session policies.
        token_size_min: the fewest bytes that its token shall have.
        mfa_time: when a second factor was shown, for a session of a user.
        report_packed: whether the answer says how much is packed even where that
            is neither policies nor tags.
    """

    kind: SessionKind
    account_id: str
    principal_id: str
    principal_arn: str
    duration: timedelta
    tags: Mapping[str, str]
    transitive_tag_keys: frozenset[str]
    source_identity: str | None
    policies: SessionPolicies
    token_size_min: int
    mfa_time: datetime | None = None
    report_packed: bool = False
