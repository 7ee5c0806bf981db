"""What anybody may read: the metadata of issuers, and key sets.

A document that this worker cannot vouch for is no fault of its own: its store does not
answer, and whoever asks is to come back.

SPEC: sts-operations 6.3 and 6.4; RFC 8414 section 3; RFC 9110 sections 8.8.3 and
13.1.2.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from daypass.core.errors import DaypassError
from daypass.gateway.exchange import NOT_FOUND, Answer, Request
from daypass.gateway.oauth.errors import JSON, error_answer
from daypass.sts.outbound_issuers import IssuerDocuments
from daypass.sts.server_metadata import METADATA_PATH
from daypass.tokens.outbound_documents import DISCOVERY_PATH, KEY_SET_PATH

_READING: Final = frozenset({"GET", "HEAD"})
_NOT_MODIFIED: Final = 304
_TAG_CHARACTERS: Final = 32

Document = Mapping[str, object]


class PublishedDocument:
    """Answers with a document, or says that it is still the same.

    Args:
        document: makes it as it is now.
        age_max: how long it may be kept.
    """

    methods = _READING

    def __init__(self, document: Callable[[], Document], *, age_max: timedelta) -> None:
        self._document = document
        self._age_max = age_max

    async def answer(self, request: Request) -> Answer:
        """Returns the document."""
        return _answer(self._document, request, self._age_max)


class IssuerDocument:
    """Answers with a document of an issuer of an account.

    The issuer is the one of this host and path; behind a proxy that hands on another
    host, the one of the deployment's own host and this path.

    Args:
        documents: returns what an issuer publishes, or None.
        origin: the scheme and host of the deployment's issuer.
        path: the path of the issuer.
        age_max: how long the document may be kept.
        key_set: whether the key set is asked for, and not the metadata.
    """

    methods = _READING

    def __init__(
        self,
        documents: Callable[[str], IssuerDocuments | None],
        *,
        origin: str,
        path: str,
        age_max: timedelta,
        key_set: bool,
    ) -> None:
        self._documents = documents
        self._origin = origin
        self._path = path
        self._age_max = age_max
        self._key_set = key_set

    async def answer(self, request: Request) -> Answer:
        """Returns the document, or that there is no such issuer."""
        return _answer(lambda: self._document(request.host), request, self._age_max)

    def _document(self, host: str) -> Document | None:
        for origin in (f"https://{host}", self._origin):
            found = self._documents(origin + self._path)
            if found is not None:
                return found.key_set if self._key_set else found.discovery
        return None


class IssuerPaths:
    """Finds the documents of accounts' issuers, whose paths are not fixed.

    Args:
        documents: returns what an issuer publishes, or None.
        origin: the scheme and host of the deployment's issuer.
        age_max: how long they may be kept.
    """

    # What stands for all these paths in metrics.
    label = "/.well-known"

    def __init__(
        self,
        documents: Callable[[str], IssuerDocuments | None],
        *,
        origin: str,
        age_max: timedelta,
    ) -> None:
        self._documents = documents
        self._origin = origin
        self._age_max = age_max

    def find(self, path: str) -> IssuerDocument | None:
        """Returns what answers a path, or None where it is no document's."""
        if path.endswith(KEY_SET_PATH):
            return self._document(path.removesuffix(KEY_SET_PATH), key_set=True)
        if path.endswith(DISCOVERY_PATH):
            return self._document(path.removesuffix(DISCOVERY_PATH))
        if path.startswith(f"{METADATA_PATH}/"):
            return self._document(path.removeprefix(METADATA_PATH))
        return None

    def _document(self, path: str, *, key_set: bool = False) -> IssuerDocument:
        return IssuerDocument(
            self._documents,
            origin=self._origin,
            path=path,
            age_max=self._age_max,
            key_set=key_set,
        )


def _answer(
    make: Callable[[], Document | None], request: Request, age_max: timedelta
) -> Answer:
    """Returns a document if there is one, or why it cannot be made now."""
    try:
        document = make()
    except DaypassError as error:
        return replace(error_answer(error), error=error)
    return NOT_FOUND if document is None else _shown(document, request, age_max)


def _shown(document: Document, request: Request, age_max: timedelta) -> Answer:
    """Returns a document with its tag, or that it has not changed."""
    content = json.dumps(document, separators=(",", ":")).encode()
    tag = f'"{hashlib.sha256(content).hexdigest()[:_TAG_CHARACTERS]}"'
    kept = f"public, max-age={int(age_max.total_seconds())}"
    headers = (("cache-control", kept), ("etag", tag))
    if _has(request.received.joined("if-none-match"), tag):
        return Answer(_NOT_MODIFIED, headers=headers)
    return Answer(200, content, JSON, headers=headers)


def _has(condition: str, tag: str) -> bool:
    """Tells whether a client has this version, by the weak comparison."""
    tags = {one.strip().removeprefix("W/") for one in condition.split(",")}
    return "*" in tags or tag in tags
