"""The policies of a folder: found, measured and parsed.

A policy stands inline, as YAML, or is `{file: policy.json}`, relative to the file
that names it and inside the folder.

SPEC: policy-language 2, 2.1 and 3.4.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from daypass.core import limits
from daypass.core.errors import RejectedError
from daypass.core.quick import quick_init
from daypass.core.strict_json import InvalidJsonError, JsonValue, loads
from daypass.core.validation import POLICY_CHARACTERS
from daypass.directory.compact import compact_json
from daypass.directory.fault import DirectoryInvalidError
from daypass.directory.index import FaultLog
from daypass.directory.read import JSON_SUFFIX
from daypass.directory.yaml_tree import Place, parse_yaml
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.parse import parse_policy_value, with_source

Resolver = Callable[[str], str | None]

IDENTITY_SLOT: Final = "identity"


@quick_init
@dataclass(frozen=True, slots=True)
class FoundPolicy:
    """A policy document, and where it stands.

    Attributes:
        value: the document.
        place: where the folder speaks of it; faults point there.
        file: the file that holds it.
        lines: the line of each statement there, as far as known.
        text: the document as compact JSON.
    """

    value: JsonValue
    place: Place
    file: str
    lines: tuple[int, ...]
    text: str


class PolicyReader:
    """Reads policies, each fault into the log.

    Args:
        texts: all texts of the folder by name.
        log: takes the faults.
    """

    def __init__(self, *, texts: Mapping[str, str], log: FaultLog) -> None:
        self._texts = texts
        self._log = log
        # What has been compiled of this folder, by all that it was made of.
        self._parsed: dict[tuple[DocumentKind, Resolver | None, str], Policy] = {}

    def find(self, place: Place) -> FoundPolicy | None:
        """Returns the document that stands at a place, or is named there."""
        value = place.value
        if not isinstance(value, dict) or "file" not in value:
            lines = _statement_lines(place)
            return FoundPolicy(value, place, place.file, lines, compact_json(value))
        name = referenced_file(
            place, str(value["file"]), texts=self._texts, log=self._log
        )
        if name is None:
            return None
        text = self._texts[name]
        try:
            document = loads(text, size_max=limits.DIRECTORY_FILE_BYTES_MAX)
        except InvalidJsonError as error:
            self._log.add(place, f"{name} is not JSON: {error}")
            return None
        lines = _json_lines(name, text)
        return FoundPolicy(document, place, name, lines, compact_json(document))

    def parse(
        self,
        found: FoundPolicy | None,
        *,
        kind: DocumentKind,
        slot: str,
        name: str,
        resolve: Resolver | None = None,
    ) -> Policy | None:
        """Returns a document as a policy, or None when it has a fault."""
        if found is None:
            return None
        if not POLICY_CHARACTERS.fullmatch(found.text):
            self._log.add(found.place, "a policy holds no character beyond U+00FF")
            return None
        source = PolicySource(slot, name, found.file, found.lines)
        # Many roles have one trust policy, word by word.
        same = (kind, resolve, found.text)
        known = self._parsed.get(same)
        if known is not None:
            return with_source(known, source)
        try:
            policy = parse_policy_value(
                found.value,
                kind=kind,
                source=source,
                resolve=resolve,
                size=len(found.text),
            )
        except RejectedError as error:
            where = "" if found.file == found.place.file else f" (in {found.file})"
            self._log.add(found.place, f"{error.message}{where}")
            return None
        self._parsed[same] = policy
        return policy

    def read_inline(self, places: Mapping[str, Place], *, most: int) -> list[Policy]:
        """Returns the inline policies of a user, group or role.

        Args:
            places: where each stands, by name.
            most: how many characters all of them may have.
        """
        policies: list[Policy] = []
        size = 0
        for name, place in places.items():
            found = self.find(place)
            size += len(found.text) if found else 0
            policy = self.parse(
                found, kind=DocumentKind.INLINE, slot=IDENTITY_SLOT, name=name
            )
            policies.extend([policy] if policy else [])
            if size > most:
                reason = f"inline policies may have {most} characters in all"
                self._log.add(place, f"{reason}; with this one they have {size}")
                break
        return policies

    def check_size(self, found: FoundPolicy | None, *, most: int) -> None:
        """Adds a fault for a document that is too long."""
        if found is not None and (size := len(found.text)) > most:
            reason = f"the policy has {size} characters; {most} are allowed"
            self._log.add(found.place, reason)


def referenced_file(
    place: Place, reference: str, *, texts: Mapping[str, str], log: FaultLog
) -> str | None:
    """Returns the name of the JSON file that a place refers to, or None for a fault."""
    folder = posixpath.dirname(place.file)
    name = posixpath.normpath(posixpath.join(folder, reference))
    if posixpath.isabs(reference) or name.split("/")[0] == "..":
        log.add(place, "the file must be inside the folder")
    elif not name.endswith(JSON_SUFFIX):
        log.add(place, f"the file's name must end in {JSON_SUFFIX}")
    elif name not in texts:
        log.add(place, f"there is no file {name!a}")
    else:
        return name
    return None


def _statement_lines(place: Place) -> tuple[int, ...]:
    """Returns the line of each statement of an inline document."""
    document = place.value
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, list):
        return tuple(place.tree.lines_in(statements))
    return (place.at("Statement").line,) if isinstance(statements, dict) else ()


def _json_lines(name: str, text: str) -> tuple[int, ...]:
    """Returns the line of each statement of a JSON file, where YAML can read it."""
    try:
        return _statement_lines(Place.whole(parse_yaml(name, text)))
    except DirectoryInvalidError:
        # NOTE: not a fault. JSON may be indented by tabs, and YAML may not.
        return ()
