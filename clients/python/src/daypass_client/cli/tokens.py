"""Commands that get credentials of the caller itself, or tokens for others."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from daypass_client.cli.code import code_of
from daypass_client.cli.command import Invocation
from daypass_client.cli.inputs import (
    STANDARD_INPUT,
    parse_span,
    parse_tags,
    read_text,
)
from daypass_client.cli.issued import exports, issued_record
from daypass_client.cli.issuing_options import (
    DurationOption,
    PolicyArnsOption,
    PolicyOption,
    SerialNumberOption,
    TagsOption,
    TokenCodeOption,
)
from daypass_client.sts_values import FederationRequest, TradeInRequest


class TokenAlgorithm(StrEnum):
    """What signs a token for other services."""

    ES384 = "ES384"
    RS256 = "RS256"


def session_token(
    invocation: Invocation,
    *,
    duration: DurationOption = None,
    serial_number: SerialNumberOption = None,
    token_code: TokenCodeOption = None,
) -> None:
    """Get temporary credentials of yourself, perhaps with a second factor."""
    printer = invocation.printer(exports=True)
    profile = invocation.profile()
    code = code_of(serial_number, token_code)
    with invocation.connect(profile) as client:
        credentials = client.get_session_token(
            duration=duration, serial_number=serial_number, token_code=code
        )
    printer.record(
        issued_record(credentials, {}), exports=exports(credentials, profile)
    )


def federation_token(
    invocation: Invocation,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The user that you vouch for.")
    ],
    *,
    policy: PolicyOption = None,
    policy_arn: PolicyArnsOption = None,
    tag: TagsOption = None,
    duration: DurationOption = None,
) -> None:
    """Get credentials for a federated user, within your own permissions.

    Without --policy and --policy-arn they allow nothing.
    """
    printer = invocation.printer(exports=True)
    request = FederationRequest(
        name=name,
        policy=None if policy is None else read_text(policy),
        policy_arns=tuple(policy_arn or ()),
        tags=parse_tags(tag or ()),
        duration=duration,
    )
    profile = invocation.profile()
    with invocation.connect(profile) as client:
        user = client.get_federation_token(request)
    facts = {
        "arn": user.arn,
        "federated_user_id": user.federated_user_id,
        "packed_policy_size": user.packed_policy_size,
    }
    printer.record(
        issued_record(user.credentials, facts),
        exports=exports(user.credentials, profile),
    )


def web_identity_token(
    invocation: Invocation,
    *,
    audience: Annotated[
        list[str], typer.Option(help="A service that it is for; repeatable.")
    ],
    algorithm: Annotated[
        TokenAlgorithm, typer.Option(help="What signs it.")
    ] = TokenAlgorithm.ES384,
    duration: DurationOption = None,
    tag: TagsOption = None,
) -> None:
    """Get a token that names you to other services, and print it."""
    printer = invocation.printer()
    tags = parse_tags(tag or ())
    with invocation.connect() as client:
        issued = client.get_web_identity_token(
            audience, algorithm=algorithm, duration=duration, tags=tags
        )
    printer.record(
        {"expiration": issued.expiration, "web_identity_token": issued.token.reveal()}
    )


def trade_in_token(
    invocation: Invocation,
    partner_account_id: Annotated[
        str, typer.Argument(metavar="ACCOUNT", help="Who may trade it in.")
    ],
    *,
    policy: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What they may do, in JSON; - is stdin."),
    ] = None,
    policy_arn: Annotated[
        list[str] | None, typer.Option(help="The same as a managed policy; repeatable.")
    ] = None,
    duration: DurationOption = None,
    token_lifetime: Annotated[
        timedelta | None,
        typer.Option(
            parser=parse_span,
            metavar="SPAN",
            help="How long it may be traded in. Default: an hour.",
        ),
    ] = None,
) -> None:
    """Approve that another account acts as you, and print the token for it.

    Whoever has the token in that account trades it in, once, by `delegated-token`.
    """
    printer = invocation.printer()
    request = TradeInRequest(
        partner_account_id=partner_account_id,
        policy=None if policy is None else read_text(policy),
        policy_arns=tuple(policy_arn or ()),
        session_duration=duration,
        token_lifetime=token_lifetime,
    )
    with invocation.connect() as client:
        issued = client.create_trade_in_token(request)
    printer.record(
        {
            "delegation_id": issued.delegation_id,
            "expire_time": issued.expire_time,
            "trade_in_token": issued.token.reveal(),
        }
    )


def delegated_token(
    invocation: Invocation,
    token: Annotated[
        str,
        typer.Argument(
            metavar="TOKEN|-",
            help="The trade-in token, which works once; - reads it from standard"
            " input, which keeps it out of the shell's history.",
        ),
    ],
) -> None:
    """Get credentials in a customer's account for a trade-in token."""
    printer = invocation.printer(exports=True)
    text = read_text(STANDARD_INPUT).strip() if token == STANDARD_INPUT else token
    profile = invocation.profile()
    with invocation.connect(profile) as client:
        access = client.get_delegated_access_token(text)
    facts = {
        "assumed_principal_arn": access.assumed_principal_arn,
        "packed_policy_size": access.packed_policy_size,
    }
    printer.record(
        issued_record(access.credentials, facts),
        exports=exports(access.credentials, profile),
    )
