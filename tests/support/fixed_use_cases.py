"""Use cases that answer the same to everything, for the handlers before them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from daypass.core.credentials import Credentials
from daypass.core.errors import AccessDeniedError, AccessKeyTakenError
from daypass.core.exchanged_token import TokenType
from daypass.core.revocation import Epoch, RevocationScope
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.early import Described
from daypass.keyring.key import KeyState
from daypass.keyring.schedule import Purpose, Slot
from daypass.policy.explanation import Side
from daypass.rpc.credential_handlers import CredentialUseCases
from daypass.rpc.delegation_handlers import DelegationUseCases
from daypass.rpc.exchange_handlers import ExchangeUseCases
from daypass.rpc.federation_handlers import FederationUseCases
from daypass.rpc.identity_handlers import IdentityUseCases
from daypass.rpc.keyring_handlers import KeyringUseCases
from daypass.rpc.services import UseCases
from daypass.sts.account_operations import GetCallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.assume_role_with_saml import AssumeRoleWithSamlResult
from daypass.sts.assume_role_with_web_identity import AssumeRoleWithWebIdentityResult
from daypass.sts.assume_root import AssumeRootResult
from daypass.sts.audit import Auditor
from daypass.sts.authenticate_request import RequestRejection
from daypass.sts.batch import BatchAssumeRole
from daypass.sts.create_trade_in_token import CreateTradeInTokenResult
from daypass.sts.decode_authorization_message import DecodedAuthorizationMessage
from daypass.sts.exchange_issue import ExchangeResult
from daypass.sts.explain_decision import ExplainedDecision
from daypass.sts.get_delegated_access_token import GetDelegatedAccessTokenResult
from daypass.sts.get_federation_token import GetFederationTokenResult
from daypass.sts.get_session_token import GetSessionTokenResult
from daypass.sts.get_web_identity_token import GetWebIdentityTokenResult
from daypass.sts.key_set import KeySet
from daypass.sts.keyring_operations import KeyList, RotateKeysResult
from daypass.sts.pipeline import Invocation, Operation, Pipeline
from daypass.sts.revocation_view import RevocationInForce
from daypass.sts.revoke_key import RevokeKeyResult
from daypass.sts.revoke_sessions import RevokeSessionsResult
from daypass.sts.revoke_token import RevokeTokenResult
from daypass.sts.sessions import SessionList
from daypass.sts.simulate import Simulation, SimulationResult
from daypass.sts.verdict import Verdict
from daypass.sts.watch import RevocationNews
from support.decisions import NothingKept
from support.door import ACCOUNT, RECORD, USER, ListedAudit
from support.explanations import FULL
from support.world import START, ManualClock

EXPLAINED = ExplainedDecision(
    decision_id="d-1",
    decide_time=START,
    expire_time=START,
    operation="AssumeRole",
    caller_arn=USER.arn,
    caller_account_id=ACCOUNT,
    resource_account_id=ACCOUNT,
    reason="it is not authorized",
    side=Side.CALLER,
    explanation=FULL,
)
KEY_SET = KeySet(({"kid": "k1"},), timedelta(minutes=5), 3)
DESCRIBED = Described(
    "k1", Slot(Purpose.SIGNING, Algorithm.EDDSA), KeyState.RETIRING, START
)
NEWS = RevocationNews(
    position=Epoch("log", 7),
    restart=True,
    entries=(RevocationInForce(6, RevocationScope.KEY, "k1", START),),
    complete=True,
    staleness=timedelta(seconds=2),
)
CREDENTIALS = Credentials("key", Secret("secret"), Secret("token"), START)
SAML_RESULT = AssumeRoleWithSamlResult(
    CREDENTIALS,
    assumed_role_id="AROA:alice",
    assumed_role_arn="arn:x",
    packed_policy_percent=None,
    subject="alice@corp.example",
    subject_type="persistent",
    issuer="https://idp.example/saml",
    audience="https://signin.aws.amazon.com/saml",
    name_qualifier="1uAJanUnBc2XeUkHURMht+xam2c=",
    source_identity=None,
    session_token_bytes=1_025,
)

WEB_IDENTITY = AssumeRoleWithWebIdentityResult(
    credentials=CREDENTIALS,
    subject="user-1",
    assumed_role_id="AROAEXAMPLE:name",
    assumed_role_arn="arn:aws:sts::111122223333:assumed-role/Reader/name",
    packed_policy_percent=1,
    provider_arn="arn:aws:iam::111122223333:oidc-provider/idp.example",
    audience="client",
    source_identity=None,
    session_token_bytes=1_024,
)


class FixedOperation:
    """An operation that answers the same to everything, and keeps what it was asked."""

    name: ClassVar[str] = "Fixed"
    grants: ClassVar[bool] = False

    def __init__(self, answer: Any, asked: list[Any]) -> None:
        self._answer = answer
        self._asked = asked

    async def perform(self, request: Any, invocation: Invocation) -> Any:
        """Returns the answer."""
        assert USER == invocation.caller.principal
        self._asked.append(request)
        return self._answer


class FixedFeed(FixedOperation):
    """The same for an operation that answers with a feed, which ends."""

    async def perform(
        self, request: Any, invocation: Invocation
    ) -> AsyncGenerator[Any, None]:
        """Returns the feed."""
        await super().perform(request, invocation)
        values = self._answer

        async def feed() -> AsyncGenerator[Any, None]:
            for value in values:
                yield value

        return feed()


class FixedExchange(FixedOperation):
    """The same for an operation whose request is the proof: nobody calls."""

    async def perform(self, request: Any, invocation: Invocation) -> Any:
        """Returns the answer."""
        assert invocation.proven is None
        self._asked.append(request)
        return self._answer


class NamedRole:
    """An AssumeRole that refuses the role named `no`."""

    name: ClassVar[str] = "AssumeRole"
    grants: ClassVar[bool] = True

    async def perform(
        self, request: AssumeRoleRequest, invocation: Invocation
    ) -> AssumeRoleResult:
        """Answers with the ARN that was sent."""
        return self.answer(await self.prepare(request, invocation))

    async def prepare(self, request: AssumeRoleRequest, invocation: Invocation) -> str:
        """Returns the ARN that was sent."""
        del invocation
        if request.role_arn == "no":
            raise AccessDeniedError("named_no")
        return request.role_arn or ""

    async def store_all(self, prepared: Sequence[str]) -> list[None]:
        """Stores nothing."""
        return [None] * len(prepared)

    async def settle(
        self, prepared: str, taken: AccessKeyTakenError
    ) -> AssumeRoleResult:
        """Answers with the ARN; nothing is ever taken."""
        raise AssertionError(prepared) from taken

    def answer(self, prepared: str) -> AssumeRoleResult:
        """Answers with the ARN."""
        return AssumeRoleResult(CREDENTIALS, "id", prepared, 3, None, 1_024)


class FixedKeySet:
    """A key set with one key."""

    def answer(self) -> KeySet:
        """Returns the key set."""
        return KEY_SET


def fixed_use_cases(asked: list[Any]) -> UseCases:
    """Returns use cases that answer the same to everything.

    Args:
        asked: takes what they are asked.
    """
    auditor = Auditor(sink=ListedAudit(), clock=ManualClock())

    def fixed(answer: Any) -> Pipeline[Any, Any]:
        return piped(FixedOperation(answer, asked))

    def piped(operation: Operation[Any, Any]) -> Pipeline[Any, Any]:
        return Pipeline(operation=operation, auditor=auditor, decisions=NothingKept())

    named = NamedRole()
    return UseCases(
        assume_role=piped(named),
        authenticate_request=fixed(RequestRejection("ExpiredToken", "it has ended")),
        authorize=fixed(Verdict.REVOKED),
        batch_assume_role=BatchAssumeRole(
            assume_role=named, auditor=auditor, decisions=NothingKept()
        ),
        credentials=CredentialUseCases(
            assume_root=fixed(AssumeRootResult(CREDENTIALS, None, 1_025)),
            get_federation_token=fixed(
                GetFederationTokenResult(CREDENTIALS, "id", "guest", None, 1_025)
            ),
            get_session_token=fixed(GetSessionTokenResult(CREDENTIALS, 1_025)),
        ),
        decode_authorization_message=fixed(DecodedAuthorizationMessage("{}")),
        delegations=DelegationUseCases(
            create_trade_in_token=fixed(
                CreateTradeInTokenResult(Secret("token"), "id", START)
            ),
            get_delegated_access_token=fixed(
                GetDelegatedAccessTokenResult(CREDENTIALS, 7, "approver")
            ),
        ),
        exchange=ExchangeUseCases(
            exchange_token=fixed(
                ExchangeResult(
                    TokenType.ACCESS_TOKEN,
                    timedelta(minutes=5),
                    ("read",),
                    token=Secret("new-token"),
                )
            ),
            revoke_token=fixed(RevokeTokenResult(effective_everywhere=True)),
        ),
        explain_decision=fixed(EXPLAINED),
        federation=FederationUseCases(
            assume_role_with_saml=piped(FixedExchange(SAML_RESULT, asked)),
            assume_role_with_web_identity=piped(FixedExchange(WEB_IDENTITY, asked)),
        ),
        get_access_key_info=fixed(ACCOUNT),
        get_caller_identity=piped(GetCallerIdentity()),
        get_key_set=FixedKeySet(),  # type: ignore[arg-type]
        get_session=fixed(RECORD),
        identities=IdentityUseCases(
            get_web_identity_token=fixed(
                GetWebIdentityTokenResult(Secret("token"), START)
            ),
        ),
        keyring=KeyringUseCases(
            list_keys=fixed(KeyList((DESCRIBED,), "next", 3, START)),
            rotate_keys=fixed(RotateKeysResult((DESCRIBED,), None, 4)),
            revoke_key=fixed(RevokeKeyResult(8, effective_everywhere=True, known=True)),
            watch_key_set=piped(FixedFeed([KEY_SET, KEY_SET], asked)),
            watch_revocations=piped(FixedFeed([NEWS], asked)),
        ),
        list_sessions=fixed(SessionList((RECORD,), "next")),
        revoke_sessions=fixed(RevokeSessionsResult(7, effective_everywhere=True)),
        simulate=fixed(
            Simulation(
                (SimulationResult(FULL.action, FULL.resource, FULL.effect, FULL),)
            )
        ),
        batch_verify_tokens=fixed((Verdict.EXPIRED, Verdict.REVOKED)),
        verify_token=fixed(Verdict.EXPIRED),
    )
