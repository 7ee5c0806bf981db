"""Commands that hand credentials to another program.

SPEC: sts-operations 5.4, for what `credential_process` prints.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Annotated, Final, NoReturn

import typer

from daypass_client.cli.command import Invocation
from daypass_client.cli.issued import credential_variables
from daypass_client.cli.issuing_options import SessionNameOption
from daypass_client.cli.text import iso_time, printable
from daypass_client.client import DaypassClient
from daypass_client.credentials import Credentials
from daypass_client.profiles.profile import Profile
from daypass_client.values import RoleRequest

# What shells answer where a program cannot be run, and where there is none.
_NOT_EXECUTABLE: Final = 126
_NOT_FOUND: Final = 127
# Whatever would lead the program to other credentials.
_FORGOTTEN: Final = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "DAYPASS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    }
)

_GRPC_VERBOSITY: Final = "GRPC_VERBOSITY"

AssumedRoleOption = Annotated[
    str | None,
    typer.Option("--role-arn", help="Assume this role, and hand over its session."),
]


def execute(
    invocation: Invocation,
    command: Annotated[
        list[str],
        typer.Argument(
            metavar="-- COMMAND", help="The program and its arguments.", min=1
        ),
    ],
    *,
    role_arn: AssumedRoleOption = None,
    session_name: SessionNameOption = None,
) -> None:
    """Run a program with the credentials of the profile in its environment.

    The program takes the place of this one: it gets the signals, and its exit status
    is what the shell sees. The credentials end by themselves and are not renewed.
    """
    profile, own = invocation.profile(), dict(os.environ)
    # NOTE: a thread that gRPC starts while the program takes its place is refused by
    # the kernel, and gRPC would say so on what is the program's error output by then.
    os.environ.setdefault(_GRPC_VERBOSITY, "NONE")
    with invocation.connect(profile) as client:
        credentials = _credentials(client, role_arn, session_name)
    environment = _environment(own, credentials, profile)
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606 - it is the purpose.
    except FileNotFoundError:
        _fail(command[0], "there is no such program", _NOT_FOUND)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        _fail(command[0], reason or "the program cannot be named so", _NOT_EXECUTABLE)


def credential_process(
    invocation: Invocation,
    *,
    role_arn: AssumedRoleOption = None,
    session_name: SessionNameOption = None,
) -> None:
    """Print credentials for `credential_process` of an AWS profile, and nothing else.

    The form is that of the AWS tools, whatever --output says.
    """
    with invocation.connect() as client:
        credentials = _credentials(client, role_arn, session_name)
    members: dict[str, object] = {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.reveal(),
    }
    if credentials.session_token is not None:
        members["SessionToken"] = credentials.session_token.reveal()
    if credentials.expiration is not None:
        members["Expiration"] = iso_time(credentials.expiration)
    typer.echo(json.dumps(members))


def _credentials(
    client: DaypassClient, role_arn: str | None, session_name: str | None
) -> Credentials:
    if role_arn is None:
        if session_name is not None:
            raise typer.BadParameter("--session-name needs --role-arn")
        return client.credentials()
    role = RoleRequest(role_arn=role_arn, session_name=session_name)
    return client.assume_role(role).credentials


def _environment(
    own: Mapping[str, str], credentials: Credentials, profile: Profile
) -> dict[str, str]:
    kept = {name: value for name, value in own.items() if name not in _FORGOTTEN}
    return {
        **kept,
        **credential_variables(credentials),
        "DAYPASS_ENDPOINT": str(profile.endpoint),
        # Some SDKs read the one, some the other.
        "AWS_REGION": profile.region,
        "AWS_DEFAULT_REGION": profile.region,
    }


def _fail(program: str, reason: str, status: int) -> NoReturn:
    typer.echo(printable(f"daypass: {program}: {reason}"), err=True)
    raise typer.Exit(status)
