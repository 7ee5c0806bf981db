"""`daypass assume-role`: credentials for a role."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from daypass_client.cli.command import Invocation
from daypass_client.cli.inputs import parse_span, parse_tags, read_text
from daypass_client.cli.text import iso_time
from daypass_client.endpoint import DEFAULT_ENDPOINT
from daypass_client.profiles.profile import DEFAULT_REGION, Profile
from daypass_client.values import AssumedRole, RoleRequest


def assume_role(
    invocation: Invocation,
    role_arn: Annotated[
        str, typer.Argument(metavar="ROLE_ARN", help="The ARN of the role.")
    ],
    session_name: Annotated[
        str | None, typer.Option(help="Names the session. Default: from the time.")
    ] = None,
    duration: Annotated[
        timedelta | None,
        typer.Option(
            parser=parse_span,
            metavar="SPAN",
            help="Until the credentials end, as 900, 15m or 1h. Default: an hour.",
        ),
    ] = None,
    external_id: Annotated[
        str | None, typer.Option(help="What the owner of the role agreed upon.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A session policy in JSON; - is stdin."),
    ] = None,
    policy_arn: Annotated[
        list[str] | None, typer.Option(help="A managed session policy; repeatable.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="A session tag; repeatable."),
    ] = None,
    transitive_key: Annotated[
        list[str] | None,
        typer.Option(help="A tag that passes on along a chain; repeatable."),
    ] = None,
    source_identity: Annotated[
        str | None, typer.Option(help="Who is behind the session.")
    ] = None,
) -> None:
    """Get credentials for a role, and print them, secrets included.

    With --output export they are lines for a shell: eval "$(daypass assume-role
    ROLE_ARN --output export)"
    """
    printer = invocation.printer(exports=True)
    request = RoleRequest(
        role_arn=role_arn,
        session_name=session_name,
        duration=duration,
        external_id=external_id,
        policy=None if policy is None else read_text(policy),
        policy_arns=tuple(policy_arn or ()),
        tags=parse_tags(tag or ()),
        transitive_tag_keys=tuple(transitive_key or ()),
        source_identity=source_identity,
    )
    profile = invocation.profile()
    with invocation.connect(profile) as client:
        role = client.assume_role(request)
    printer.record(_record(role), exports=_exports(role, profile))


def _record(role: AssumedRole) -> dict[str, object]:
    """Returns the result with its secrets, which is what was asked for."""
    token = role.credentials.session_token
    return {
        "arn": role.arn,
        "assumed_role_id": role.assumed_role_id,
        "source_identity": role.source_identity,
        "packed_policy_size": role.packed_policy_size,
        "expiration": role.credentials.expiration,
        "access_key_id": role.credentials.access_key_id,
        "secret_access_key": role.credentials.secret_access_key.reveal(),
        "session_token": None if token is None else token.reveal(),
    }


def _exports(role: AssumedRole, profile: Profile) -> dict[str, str]:
    """Returns the variables that make the credentials those of a shell.

    The endpoint and the region come along where they are not what the next
    command would take by itself.
    """
    credentials = role.credentials
    variables = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key.reveal(),
    }
    if credentials.session_token is not None:
        variables["AWS_SESSION_TOKEN"] = credentials.session_token.reveal()
    if credentials.expiration is not None:
        variables["AWS_CREDENTIAL_EXPIRATION"] = iso_time(credentials.expiration)
    if str(profile.endpoint) != DEFAULT_ENDPOINT:
        variables["DAYPASS_ENDPOINT"] = str(profile.endpoint)
    if profile.region != DEFAULT_REGION:
        variables["AWS_REGION"] = profile.region
    return variables
