"""Commands that get credentials for a role, or for a root user."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from daypass_client.cli.code import code_of
from daypass_client.cli.command import Invocation
from daypass_client.cli.inputs import parse_tags, read_text
from daypass_client.cli.issued import exports, issued_record
from daypass_client.cli.issuing_options import (
    DurationOption,
    PolicyArnsOption,
    PolicyOption,
    RoleArgument,
    RoleOption,
    SerialNumberOption,
    SessionNameOption,
    TagsOption,
    TokenCodeOption,
)
from daypass_client.sts_values import (
    SamlRequest,
    SamlRole,
    WebIdentityRequest,
    WebIdentityRole,
)
from daypass_client.values import AssumedRole, RoleRequest


def assume_role(  # noqa: PLR0913 - one parameter for each option.
    invocation: Invocation,
    role_arn: RoleArgument,
    *,
    session_name: SessionNameOption = None,
    duration: DurationOption = None,
    external_id: Annotated[
        str | None, typer.Option(help="What the owner of the role agreed upon.")
    ] = None,
    policy: PolicyOption = None,
    policy_arn: PolicyArnsOption = None,
    tag: TagsOption = None,
    transitive_key: Annotated[
        list[str] | None,
        typer.Option(help="A tag that passes on along a chain; repeatable."),
    ] = None,
    source_identity: Annotated[
        str | None, typer.Option(help="Who is behind the session.")
    ] = None,
    serial_number: SerialNumberOption = None,
    token_code: TokenCodeOption = None,
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
        serial_number=serial_number,
    )
    profile = invocation.profile()
    code = code_of(serial_number, token_code)
    with invocation.connect(profile) as client:
        role = client.assume_role(replace(request, token_code=code))
    printer.record(
        issued_record(role.credentials, _facts(role)),
        exports=exports(role.credentials, profile),
    )


def assume_role_with_web_identity(
    invocation: Invocation,
    *,
    role_arn: RoleOption,
    token_file: Annotated[
        str, typer.Option(metavar="FILE", help="Holds the token; - is stdin.")
    ],
    session_name: SessionNameOption = None,
    duration: DurationOption = None,
    policy: PolicyOption = None,
    policy_arn: PolicyArnsOption = None,
) -> None:
    """Get credentials for a role by the token of an OpenID Connect provider.

    It needs no credentials: the token is the proof.
    """
    printer = invocation.printer(exports=True)
    request = WebIdentityRequest(
        role_arn=role_arn,
        token=read_text(token_file).strip(),
        session_name=session_name,
        duration=duration,
        policy=None if policy is None else read_text(policy),
        policy_arns=tuple(policy_arn or ()),
    )
    profile = invocation.profile()
    with invocation.connect(profile) as client:
        role = client.assume_role_with_web_identity(request)
    facts = {
        **_facts(role),
        "subject": role.subject,
        "provider": role.provider,
        "audience": role.audience,
    }
    printer.record(
        issued_record(role.credentials, facts),
        exports=exports(role.credentials, profile),
    )


def assume_role_with_saml(
    invocation: Invocation,
    *,
    role_arn: RoleOption,
    principal_arn: Annotated[
        str, typer.Option(help="The ARN of the SAML provider beside it.")
    ],
    assertion_file: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="Holds the SAML response in base64; - is stdin."
        ),
    ],
    duration: DurationOption = None,
    policy: PolicyOption = None,
    policy_arn: PolicyArnsOption = None,
) -> None:
    """Get credentials for a role by a SAML assertion.

    It needs no credentials: the assertion is the proof.
    """
    printer = invocation.printer(exports=True)
    request = SamlRequest(
        role_arn=role_arn,
        principal_arn=principal_arn,
        # Tools fold base64 into lines.
        assertion="".join(read_text(assertion_file).split()),
        duration=duration,
        policy=None if policy is None else read_text(policy),
        policy_arns=tuple(policy_arn or ()),
    )
    profile = invocation.profile()
    with invocation.connect(profile) as client:
        role = client.assume_role_with_saml(request)
    facts = {
        **_facts(role),
        "subject": role.subject,
        "subject_type": role.subject_type,
        "issuer": role.issuer,
        "audience": role.audience,
        "name_qualifier": role.name_qualifier,
    }
    printer.record(
        issued_record(role.credentials, facts),
        exports=exports(role.credentials, profile),
    )


def assume_root(
    invocation: Invocation,
    target: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="The account, or its root's ARN.")
    ],
    *,
    task_policy_arn: Annotated[
        str, typer.Option(help="The managed policy that names the task.")
    ],
    duration: DurationOption = None,
) -> None:
    """Get credentials for one task of the root user of a member account."""
    printer = invocation.printer(exports=True)
    profile = invocation.profile()
    with invocation.connect(profile) as client:
        session = client.assume_root(
            target, task_policy_arn=task_policy_arn, duration=duration
        )
    facts = {"source_identity": session.source_identity}
    printer.record(
        issued_record(session.credentials, facts),
        exports=exports(session.credentials, profile),
    )


def _facts(role: AssumedRole | WebIdentityRole | SamlRole) -> dict[str, object]:
    return {
        "arn": role.arn,
        "assumed_role_id": role.assumed_role_id,
        "source_identity": role.source_identity,
        "packed_policy_size": role.packed_policy_size,
    }
