"""The commands of `daypassd` that ask the policies of a folder, without a server.

Exit statuses: 0 as expected, or nothing was expected; 1 not as expected, or the
folder has faults; 2 the command was called wrongly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console

from daypass.adapters.directory_check import load_unkeyed
from daypass.adapters.system import SystemClock
from daypass.core.errors import RejectedError
from daypass.directory.fault import DirectoryInvalidError
from daypass.offline import Asked, Document, OfflineAsker, actions_of_assume_role
from daypass.policy.decision import Effect
from daypass.policy.explanation import Explanation
from daypass.policy_report import report

SIMULATE: Final = "simulate"
EXPLAIN: Final = "explain"
_REFUSED: Final = 1
_WRONG: Final = 2
# Longer than the lines of a report are, names of 2,048 characters excepted.
_WIDTH_OF_FILES: Final = 4_096
_POLICIES: Final = "Policies"
_REQUEST: Final = "The request"


class Expectation(StrEnum):
    """What `--expect` takes."""

    ALLOW = "allow"
    DENY = "deny"


FolderOption = Annotated[
    Path,
    typer.Option(
        "--directory", "-d", exists=True, file_okay=False, help="The folder of files."
    ),
]
PrincipalOption = Annotated[
    str,
    typer.Option(
        "--principal",
        "-p",
        help="Who asks: the ARN of a user, role, session, root user or provider;"
        " service:NAME; or anonymous.",
    ),
]
ActionsOption = Annotated[
    list[str], typer.Option("--action", "-a", help="Such as sts:AssumeRole.")
]
ResourcesOption = Annotated[
    list[str], typer.Option("--resource", "-r", help="An ARN, or * for none.")
]
ContextOption = Annotated[
    list[str],
    typer.Option(
        "--context",
        "-c",
        metavar="KEY=VALUE",
        help="A context key; repeat it for a list.",
        rich_help_panel=_REQUEST,
    ),
]
ExternalIdOption = Annotated[
    str | None, typer.Option(help="sts:ExternalId.", rich_help_panel=_REQUEST)
]
SessionNameOption = Annotated[
    str | None, typer.Option(help="sts:RoleSessionName.", rich_help_panel=_REQUEST)
]
SourceIdentityOption = Annotated[
    str | None, typer.Option(help="sts:SourceIdentity.", rich_help_panel=_REQUEST)
]
TagsOption = Annotated[
    list[str],
    typer.Option(
        "--tag",
        metavar="KEY=VALUE",
        help="A session tag: aws:RequestTag/KEY, and KEY in aws:TagKeys.",
        rich_help_panel=_REQUEST,
    ),
]
MfaOption = Annotated[
    bool,
    typer.Option("--mfa", help="With a valid MFA code.", rich_help_panel=_REQUEST),
]
OwnerOption = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="Who owns a resource whose ARN names no account; the caller's account"
        " if not given.",
        rich_help_panel=_REQUEST,
    ),
]
SessionPoliciesOption = Annotated[
    list[Path],
    typer.Option(
        "--session-policy",
        exists=True,
        dir_okay=False,
        help="A JSON file with a policy that the session was made with.",
        rich_help_panel=_POLICIES,
    ),
]
ResourcePolicyOption = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        help="A JSON file with the resource's policy, in place of the stored one.",
        rich_help_panel=_POLICIES,
    ),
]
ExpectOption = Annotated[
    Expectation | None,
    typer.Option(help="Exit with 1 unless every answer is this one."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True)
class _Request:
    """What the options say of the request."""

    context: list[str]
    tags: list[str]
    external_id: str | None
    role_session_name: str | None
    source_identity: str | None
    mfa: bool

    def keys(self) -> dict[str, tuple[str, ...]]:
        """Returns the context keys."""
        keys: dict[str, tuple[str, ...]] = {}
        for name, value in (
            ("sts:ExternalId", self.external_id),
            ("sts:RoleSessionName", self.role_session_name),
            ("sts:SourceIdentity", self.source_identity),
        ):
            if value is not None:
                keys[name] = (value,)
        if self.mfa:
            keys["aws:MultiFactorAuthPresent"] = ("true",)
            keys["aws:MultiFactorAuthAge"] = ("0",)
        tags = [_pair(text, "--tag") for text in self.tags]
        keys |= {f"aws:RequestTag/{key}": (value,) for key, value in tags}
        if tags:
            keys["aws:TagKeys"] = tuple(key for key, _ in tags)
        for key, value in (_pair(text, "--context") for text in self.context):
            keys[key] = (*keys.get(key, ()), value)
        return keys


def ask(  # noqa: PLR0913 - one parameter for each option.
    called: typer.Context,
    *,
    directory: FolderOption,
    principal: PrincipalOption,
    action: ActionsOption,
    resource: ResourcesOption = ["*"],  # noqa: B006 - typer copies it.
    context: ContextOption = [],  # noqa: B006
    tag: TagsOption = [],  # noqa: B006
    external_id: ExternalIdOption = None,
    role_session_name: SessionNameOption = None,
    source_identity: SourceIdentityOption = None,
    resource_account: OwnerOption = None,
    session_policy: SessionPoliciesOption = [],  # noqa: B006
    resource_policy: ResourcePolicyOption = None,
    expect: ExpectOption = None,
    mfa: MfaOption = False,
    as_json: JsonOption = False,
) -> None:
    """Asks the policies of a folder: every action on every resource."""
    request = _Request(
        context, tag, external_id, role_session_name, source_identity, mfa
    )
    keys = request.keys()
    asked = Asked(
        principal=principal,
        actions=actions_of_assume_role(action, keys),
        resources=tuple(resource),
        context=keys,
        resource_account=resource_account,
        session_policies=tuple(map(_document, session_policy)),
        resource_policy=_document(resource_policy) if resource_policy else None,
    )
    found = _explained(directory, asked)
    _show(found, as_json=as_json, failures=called.info_name == EXPLAIN)
    if expect is not None and not all(_is(expect, each) for each in found):
        raise typer.Exit(_REFUSED)


def register(app: typer.Typer) -> None:
    """Adds the commands to a program.

    They take the same options: one shows what decided, the other everything.
    """
    app.command(
        SIMULATE, help="Asks the policies of a folder; shows what matched and decided."
    )(ask)
    app.command(
        EXPLAIN, help="Asks the policies of a folder; shows each statement, and why."
    )(ask)


def _explained(folder: Path, asked: Asked) -> tuple[Explanation, ...]:
    try:
        directory = load_unkeyed(folder)
        asker = OfflineAsker(directory=directory, now=SystemClock().now())
        return asker.explain(asked)
    except DirectoryInvalidError as error:
        _fail(str(error), status=_REFUSED)
    except RejectedError as error:
        _fail(error.message, status=_WRONG)


def _show(found: Iterable[Explanation], *, as_json: bool, failures: bool) -> None:
    if as_json:
        answers = [explanation.to_json() for explanation in found]
        typer.echo(json.dumps(answers, indent=2))
        return
    # NOTE: a terminal gets colours and folded lines; a file or a pipe gets neither.
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_FILES
    for explanation in found:
        console.print(report(explanation, failures=failures))


def _is(expected: Expectation, found: Explanation) -> bool:
    allowed = found.effect is Effect.ALLOW
    return allowed is (expected is Expectation.ALLOW)


def _document(path: Path) -> Document:
    try:
        return Document(path.name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        _fail(f"{path}: {error}", status=_WRONG)


def _pair(text: str, option: str) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not (key and mark):
        _fail(f"{option} takes KEY=VALUE, not {text}", status=_WRONG)
    return key, value


def _fail(reason: str, *, status: int) -> NoReturn:
    typer.echo(f"daypassd: {reason}", err=True)
    raise typer.Exit(status)
