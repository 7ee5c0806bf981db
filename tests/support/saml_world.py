"""An account that trusts a SAML provider, and the operation that takes assertions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from daypass.core.errors import RejectedError
from daypass.core.secret import Secret
from daypass.directory.declared import SamlTrust
from daypass.federation.saml import assertion
from daypass.federation.saml.assertion import Expectations
from daypass.federation.saml.options import ServiceProvider
from daypass.federation.saml.verified import VerifiedAssertion
from daypass.sts.assume_role_with_saml import (
    AssumeRoleWithSaml,
    AssumeRoleWithSamlRequest,
    AssumeRoleWithSamlResult,
)
from daypass.sts.exchange_bounds import ExchangeBounds
from support.saml_idp import (
    ACCOUNT,
    ENTITY,
    PROVIDER_ARN,
    ROLE_ARN,
    Change,
    encode,
    response,
    signer,
)
from support.sts_world import StsWorld, allow, ready

ELSEWHERE: Final = "111122223333"
OTHER_PROVIDER: Final = PROVIDER_ARN.replace("CorpIdP", "OtherIdP")
FOREIGN_PROVIDER: Final = PROVIDER_ARN.replace(ACCOUNT, ELSEWHERE)
PLAIN: Final = f"arn:aws:iam::{ACCOUNT}:role/Plain"
DENIED: Final = f"arn:aws:iam::{ACCOUNT}:role/Denied"
ABSENT: Final = f"arn:aws:iam::{ACCOUNT}:role/Absent"
ACS: Final = "https://sts.example/saml"
_ALL: Final = '"sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"'


def _trust(provider: str, actions: str, condition: str = "") -> str:
    return (
        '{Version: "2012-10-17", Statement: [{Effect: Allow,'
        f' Principal: {{Federated: "{provider}"}}, Action: [{actions}]{condition}}}]}}'
    )


_RECIPIENT: Final = (
    ', Condition: {StringEquals: {"saml:aud": "https://signin.aws.amazon.com/saml"}}'
)
FILES: Final = (
    f"""
account: {{id: "{ACCOUNT}", name: production}}
saml_providers: {{CorpIdP: {{}}, OtherIdP: {{}}, BareIdP: {{}}}}
roles:
  S3AccessRole:
    max_session_duration: 2h
    trust: {_trust(PROVIDER_ARN, _ALL, _RECIPIENT)}
    policies: {{all: {allow("sts:*")}}}
  Plain: {{trust: {_trust(PROVIDER_ARN, '"sts:AssumeRoleWithSAML"')}}}
  Denied: {{trust: {_trust(OTHER_PROVIDER, _ALL)}}}
""",
    f"""
account: {{id: "{ELSEWHERE}", name: development}}
saml_providers: {{CorpIdP: {{}}}}
roles:
  Foreign: {{trust: {_trust(FOREIGN_PROVIDER, _ALL)}}}
""",
)


def trust_of(number: int = 0, **changes: object) -> SamlTrust:
    """Returns what the assertions of a provider are judged by."""
    der = signer(number).certificate.public_bytes(Encoding.DER)
    return replace(SamlTrust(ENTITY, (der,)), **changes)  # type: ignore[arg-type]


class CheckedAtOnce:
    """A checker without a thread."""

    async def check(
        self, text: Secret, expected: Expectations, *, now: datetime
    ) -> VerifiedAssertion:
        """Returns what an assertion says."""
        return assertion.verify(text.reveal_text(), expected, now=now)


async def saml_world(
    *, foreign: SamlTrust | None = None, **changes: object
) -> StsWorld:
    """Returns a world in which the provider's trust differs in some parts.

    Args:
        foreign: what the provider of the other account is judged by.
        changes: what differs.
    """
    trust = {
        PROVIDER_ARN: trust_of(**changes),  # type: ignore[arg-type]
        OTHER_PROVIDER: trust_of(1, entity_id="https://other.example/saml"),
        FOREIGN_PROVIDER: foreign or trust_of(),
    }
    return await ready(StsWorld(*FILES, saml=trust))


def asking(*changes: Change, **parameters: object) -> AssumeRoleWithSamlRequest:
    """Returns a request with an assertion that was changed before it was signed."""
    return request_of(response(*changes), **parameters)


def request_of(text: str, **parameters: object) -> AssumeRoleWithSamlRequest:
    """Returns a request with a response."""
    request = AssumeRoleWithSamlRequest(ROLE_ARN, PROVIDER_ARN, Secret(encode(text)))
    return replace(request, **parameters)  # type: ignore[arg-type]


async def exchange(
    world: StsWorld,
    request: AssumeRoleWithSamlRequest | None = None,
    *,
    bounds: ExchangeBounds | None = None,
) -> AssumeRoleWithSamlResult:
    """Exchanges an assertion, within bounds of its own unless some are given."""
    operation = AssumeRoleWithSaml(
        steps=world.federation(),
        checker=CheckedAtOnce(),
        service_provider=ServiceProvider(acs_urls=frozenset({ACS})),
        bounds=ExchangeBounds(clock=world.clock) if bounds is None else bounds,
        clock=world.clock,
    )
    return await world.run(operation, request or asking(), None)


async def refused(world: StsWorld, request: AssumeRoleWithSamlRequest) -> RejectedError:
    """Returns the error by which a request is refused."""
    with pytest.raises(RejectedError) as caught:
        await exchange(world, request)
    return caught.value
