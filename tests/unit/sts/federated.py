"""A federated operation whose proofs a test makes up, and an account that trusts it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

import pytest

from daypass.core.errors import AccessDeniedError
from daypass.core.validation import Violations
from daypass.directory.model import Directory
from daypass.sts.federated_assumption import AssumedSession, FederatedAssumption
from daypass.sts.federated_proof import AssumptionParameters, FederatedProof
from daypass.sts.pipeline import Invocation
from support.sts_world import StsWorld, allow, ready

ACCOUNT: Final = "123456789012"
ELSEWHERE: Final = "111122223333"
PROVIDER: Final = f"arn:aws:iam::{ACCOUNT}:saml-provider/Corp"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/team/Guest"
PLAIN: Final = f"arn:aws:iam::{ACCOUNT}:role/Plain"
CONDITIONAL: Final = f"arn:aws:iam::{ACCOUNT}:role/Conditional"
EVERYONE: Final = f"arn:aws:iam::{ACCOUNT}:role/Everyone"
WRONG_ACTION: Final = f"arn:aws:iam::{ACCOUNT}:role/WrongAction"
ABSENT: Final = f"arn:aws:iam::{ACCOUNT}:role/Absent"
FOREIGN: Final = f"arn:aws:iam::{ELSEWHERE}:role/Foreign"
NOWHERE: Final = "arn:aws:iam::999999999999:role/Nowhere"
REFUSAL: Final = "Not authorized to perform sts:AssumeRoleWithSAML"
MANAGED: Final = f"arn:aws:iam::{ACCOUNT}:policy/ReadLogs"
ADMIN: Final = f"arn:aws:iam::{ACCOUNT}:user/admin"


def trust_provider(
    *actions: str,
    provider: str = PROVIDER,
    condition: str = "",
    kind: str = "Federated",
) -> str:
    """Returns a trust policy for a provider, as inline YAML."""
    listed = ", ".join(f'"{one}"' for one in actions or ("sts:AssumeRoleWithSAML",))
    block = f", Condition: {condition}" if condition else ""
    return (
        '{Version: "2012-10-17", Statement: [{Effect: Allow,'
        f' Principal: {{{kind}: "{provider}"}}, Action: [{listed}]{block}}}]}}'
    )


_ALL: Final = ("sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity")
_ENGINEERS: Final = '{StringEquals: {"saml:sub": "ada", "aws:ResourceTag/team": "x"}}'
FILES: Final = (
    f"""
account: {{id: "{ACCOUNT}", name: production}}
users:
  admin: {{policies: {{all: {allow("daypass:*")}}}}}
policies:
  ReadLogs: {{document: {allow("s3:GetObject")}}}
saml_providers: {{Corp: {{}}}}
roles:
  Guest:
    path: /team/
    max_session_duration: 2h
    trust: {trust_provider(*_ALL)}
    policies: {{next: {allow("sts:*")}}}
  Plain: {{trust: {trust_provider()}}}
  Conditional:
    tags: {{team: x}}
    trust: {trust_provider(condition=_ENGINEERS)}
  Everyone: {{trust: {trust_provider(*_ALL, provider="*", kind="AWS")}}}
  WrongAction: {{trust: {trust_provider("sts:AssumeRole", "sts:TagSession")}}}
""",
    f"""
account: {{id: "{ELSEWHERE}", name: development}}
saml_providers: {{Corp: {{}}}}
roles:
  Foreign:
    trust: {trust_provider(provider=PROVIDER.replace(ACCOUNT, ELSEWHERE))}
""",
)


@dataclass(frozen=True)
class Request:
    """The parameters of the operation that tests make up."""

    role_arn: str | None = ROLE
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    duration_seconds: int | None = None
    minimum_session_token_size: int | None = None
    own: str | None = "x"
    proof: FederatedProof = field(
        default_factory=lambda: FederatedProof(
            provider_arn=PROVIDER,
            session_name="ada",
            trust_keys={"saml:sub": ("ada",), "saml:aud": ("acs",)},
            session_keys={"saml:sub": ("ada",)},
        )
    )
    problem: Exception | None = None


class Made(FederatedAssumption[Request, FederatedProof, AssumedSession]):
    """An operation that takes every proof as good, or refuses it as a test says."""

    name: ClassVar[str] = "AssumeRoleWithSAML"
    reports_packed: ClassVar[bool] = False

    def check(self, request: Request, found: Violations) -> None:
        """Checks the one parameter that it has alone."""
        found.require(("own",), request.own)

    async def prove(
        self,
        request: Request,
        parameters: AssumptionParameters,
        *,
        directory: Directory,
        invocation: Invocation,
    ) -> FederatedProof:
        """Returns the proof of the test."""
        del parameters, directory, invocation
        if request.problem is not None:
            raise request.problem
        return request.proof

    def answer(self, proof: FederatedProof, session: AssumedSession) -> AssumedSession:
        """Returns what was issued."""
        assert proof.session_name == session.issued.session.session_name
        return session


async def world_of(*files: str) -> StsWorld:
    """Returns a world with the accounts above, or with other ones."""
    return await ready(StsWorld(*(files or FILES)))


def with_proof(request: Request, **changes: object) -> Request:
    """Returns a request whose proof says something else."""
    return replace(request, proof=replace(request.proof, **changes))  # type: ignore[arg-type]


async def exchange(world: StsWorld, request: Request | None = None) -> AssumedSession:
    """Runs the operation once, without any caller."""
    return await world.run(Made(steps=world.federation()), request or Request(), None)


async def denied(world: StsWorld, request: Request) -> AccessDeniedError:
    """Runs the operation, which must be denied, and returns how."""
    with pytest.raises(AccessDeniedError) as caught:
        await exchange(world, request)
    return caught.value
