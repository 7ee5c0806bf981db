"""Shows sessions, within the account of the caller.

SPEC: design 7; attacks C19.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from daypass.core import limits
from daypass.core.errors import NotFoundError
from daypass.core.ports import Clock, SessionFilter, SessionStore, Snapshot
from daypass.core.session import SessionRecord
from daypass.core.validation import Violations
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.page_tokens import PageTokens
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.session_targets import (
    PrincipalChoice,
    check_own_key,
    choice_target,
    key_target,
    record_target,
    unique_id_of,
)


@dataclass(frozen=True, slots=True)
class ListSessionsRequest:
    """Whose sessions to list, and which page of them."""

    whose: PrincipalChoice
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class SessionList:
    """A page of sessions; an empty token means the end."""

    records: tuple[SessionRecord, ...]
    next_page_token: str


class GetSession:
    """Shows one session.

    Args:
        store: keeps the records.
        authorizers: decides whether the caller may ask.
        clock: tells which have ended.
    """

    name: ClassVar[str] = "GetSession"
    grants: ClassVar[bool] = False

    def __init__(
        self, *, store: SessionStore, authorizers: AuthorizerFactory, clock: Clock
    ) -> None:
        self._store = store
        self._authorizers = authorizers
        self._clock = clock

    async def perform(self, request: str, invocation: Invocation) -> SessionRecord:
        """Returns the record of an access key id.

        Raises:
            ValidationError: it is malformed.
            AccessDeniedError: it is another account's, or the caller may not ask.
            NotFoundError: there is no such session, or it has ended.
        """
        account_id = invocation.caller.principal.account_id
        check_own_key(request, account_id)
        # Whoever may not ask at all learns nothing of the session, nor by the time.
        self._require(key_target(request, account_id), invocation)
        record = await self._store.get(request, now=self._clock.now())
        if record is None:
            raise NotFoundError("session_unknown", message="There is no such session")
        self._require(record_target(record), invocation)
        return record

    def _require(self, target: Target, invocation: Invocation) -> None:
        invocation.audit.resource = target.resource
        self._authorizers.authorize(target, {}, invocation).require(
            "daypass:GetSession"
        )


class ListSessions:
    """Lists live sessions, the first to expire first.

    Args:
        store: keeps the records.
        directory: tells the unique ids of roles and users.
        authorizers: decides whether the caller may ask.
        pages: seals page tokens.
        clock: tells which have ended.
    """

    name: ClassVar[str] = "ListSessions"
    grants: ClassVar[bool] = False

    def __init__(
        self,
        *,
        store: SessionStore,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        pages: PageTokens,
        clock: Clock,
    ) -> None:
        self._store = store
        self._directory = directory
        self._authorizers = authorizers
        self._pages = pages
        self._clock = clock

    async def perform(
        self, request: ListSessionsRequest, invocation: Invocation
    ) -> SessionList:
        """Returns a page.

        Raises:
            ValidationError: the page size or token is wrong, or the role or user is
                not one of the caller's account.
            AccessDeniedError: the caller may not ask.
        """
        account_id = invocation.caller.principal.account_id
        found = Violations()
        found.check_range(
            ("page_size",), request.page_size, least=0, most=limits.INT32_MAX
        )
        found.raise_if_any()
        target = choice_target(request.whose, account_id)
        invocation.audit.resource = target.resource
        self._authorizers.authorize(target, {}, invocation).require(
            "daypass:ListSessions"
        )
        directory = self._directory.current()
        sessions = SessionFilter(account_id, unique_id_of(request.whose, directory))
        context = f"ListSessions:{account_id}:{sessions.principal_id}"
        cursor = self._pages.open(request.page_token, context)
        size = request.page_size or limits.PAGE_SIZE_DEFAULT
        page = await self._store.list_sessions(
            sessions,
            now=self._clock.now(),
            limit=min(size, limits.PAGE_SIZE_MAX),
            cursor=cursor,
        )
        return SessionList(page.records, self._pages.seal(page.next_cursor, context))
