"""AssumeRoleWithWebIdentity: which tokens open a role, and what they open.

SPEC: sts-operations 0.2, 1.3 and 5.4; details 3, 13, 14, 16, 39 to 43 and 61; attacks
O16 to O23 and O30 to O33.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from daypass.core.errors import (
    AccessDeniedError,
    InvalidIdentityTokenError,
    InvalidParameterValueError,
)
from support.oidc_issuer import (
    CLIENT,
    NOW,
    PROVIDER,
    claims,
    sign,
)
from unit.sts import web_identity as web
from unit.sts.federated import ACCOUNT
from unit.sts.web_identity import Exchange, exchange_in, token

TAGS = "https://aws.amazon.com/tags"
SOURCE = "https://aws.amazon.com/source_identity"
ROLES = "https://aws.amazon.com/roles"
REFUSAL = "Not authorized to perform sts:AssumeRoleWithWebIdentity"


@pytest_asyncio.fixture
async def exchange() -> Exchange:
    """Returns the operation in a world with two accounts."""
    return await exchange_in()


async def test_answer(exchange: Exchange) -> None:
    """The answer names session, subject, provider and audience (detail 43)."""
    result = await exchange()

    assert (
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Pipeline/job-7" == result.assumed_role_arn
    )
    assert result.assumed_role_id.endswith(":job-7")
    assert ("user-1", PROVIDER.arn, CLIENT) == (
        result.subject,
        result.provider_arn,
        result.audience,
    )
    assert result.source_identity is None


async def test_packed_size_is_always_there(exchange: Exchange) -> None:
    """How much is packed is told without policies and tags, too (0.6, 23)."""
    percent = (await exchange()).packed_policy_percent

    assert percent is not None
    assert percent > 0


async def test_session_outlives_the_token(exchange: Exchange) -> None:
    """A token with a minute left opens a session of an hour (detail 42)."""
    soon = token(iat=NOW - 600, exp=NOW + 60)

    result = await exchange(soon)

    expected = exchange.world.clock.now() + timedelta(hours=1)
    assert expected == result.credentials.expire_time


async def test_keys_of_the_session(exchange: Exchange) -> None:
    """Only aud, sub and amr, and the provider, are keys of later requests."""
    result = await exchange(token(amr=["mfa"], email="a@example.com", azp=CLIENT))

    caller = await exchange.world.authenticate(
        result.credentials.access_key_id,
        result.credentials.secret_access_key,
        result.credentials.session_token,
    )

    assert caller.session is not None
    assert {
        f"{web.NAME}:aud": (CLIENT,),
        f"{web.NAME}:sub": ("user-1",),
        f"{web.NAME}:amr": ("mfa",),
    } == dict(caller.session.federated_keys)
    assert PROVIDER.arn == caller.session.federated_provider


async def test_audited(exchange: Exchange) -> None:
    """The audit record names provider, subject and audience, and nobody's token."""
    await exchange()

    record = exchange.world.audit.records[-1]
    assert (None, web.ROLE, "allowed") == (
        record.caller_arn,
        record.resource,
        record.outcome,
    )
    assert {"provider": PROVIDER.arn, "subject": "user-1", "audience": CLIENT} == dict(
        record.attributes
    )


async def test_absent_and_refusing_alike(exchange: Exchange) -> None:
    """An absent role and one that refuses are denied in the same words (detail 14)."""
    absent = await exchange.refusal(
        AccessDeniedError, role_arn=f"arn:aws:iam::{ACCOUNT}:role/Absent"
    )
    refusing = await exchange.refusal(AccessDeniedError, token(sub="user-2"))

    assert REFUSAL == absent.message == refusing.message
    assert absent.metadata == refusing.metadata
    assert "encoded_authorization_message" not in absent.metadata


async def test_subject_is_exact(exchange: Exchange) -> None:
    """A subject that differs in case is another subject (worked case 81)."""
    await exchange.refusal(AccessDeniedError, token(sub="User-1"))


async def test_spoofed_condition_key(exchange: Exchange) -> None:
    """A claim that is named like a condition key fills none (O23)."""
    spoof = token(sub="user-2", **{f"{web.NAME}:sub": "user-1"})

    await exchange.refusal(AccessDeniedError, spoof)


async def test_other_provider_of_the_account(exchange: Exchange) -> None:
    """A good token of another provider of the account does not open the role."""
    await exchange.refusal(AccessDeniedError, token(iss=web.SINGLE))


async def test_azp_decides(exchange: Exchange) -> None:
    """With azp it is the audience, for the answer as for the trust policy (39)."""
    result = await exchange(token(aud=["x", "y"], azp=CLIENT))

    assert CLIENT == result.audience


async def test_tags_and_source_identity(exchange: Exchange) -> None:
    """Tags of both forms and the source identity become those of the session (41)."""
    nested = {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]}
    flat = {f"{TAGS}/principal_tags/stage": "dev"}

    result = await exchange(token(**{TAGS: nested, SOURCE: "ada", **flat}))

    caller = await exchange.world.authenticate(
        result.credentials.access_key_id,
        result.credentials.secret_access_key,
        result.credentials.session_token,
    )
    assert caller.session is not None
    assert {"team": "red", "stage": "dev"} == dict(caller.session.tags)
    assert frozenset({"team"}) == caller.session.transitive_tag_keys
    assert "ada" == result.source_identity == caller.session.source_identity


@pytest.mark.parametrize(
    ("change", "action"),
    [
        ({f"{TAGS}/principal_tags/team": "red"}, "sts:TagSession"),
        ({SOURCE: "ada"}, "sts:SetSourceIdentity"),
    ],
)
async def test_tags_need_trust(
    exchange: Exchange, change: dict[str, object], action: str
) -> None:
    """Tags and a source identity must be allowed by the trust policy."""
    error = await exchange.refusal(
        AccessDeniedError, token(**change), role_arn=web.PLAIN
    )

    assert error.message.startswith(REFUSAL)
    assert action in error.message


@pytest.mark.parametrize(
    "tags",
    [
        {"principal_tags": {"aws:x": ["v"]}},
        {"principal_tags": {"team": ["v"], "Team": ["v"]}},
        {"principal_tags": {f"k{n}": ["v"] for n in range(51)}},
        {"principal_tags": {"team": ["v"]}, "transitive_tag_keys": ["x"]},
    ],
    ids=["O30 reserved", "O30 case", "O30 too many", "O30 absent"],
)
async def test_conflicting_tags(exchange: Exchange, tags: dict[str, Any]) -> None:
    """Tags of a token that conflict are an invalid parameter value (O30)."""
    await exchange.refusal(InvalidParameterValueError, token(**{TAGS: tags}))


@pytest.mark.parametrize(
    "listed",
    [
        [web.BY_IDP],
        f"x; {web.BY_IDP} ;",
        ["nonsense", 7, f" {web.BY_IDP} "],
    ],
    ids=["list", "text", "invalid entries are skipped"],
)
async def test_role_named_by_the_issuer(exchange: Exchange, listed: object) -> None:
    """A role that the token names satisfies `sts:RoleAuthorizedByIdp`."""
    await exchange(token(**{ROLES: listed}), role_arn=web.BY_IDP)


@pytest.mark.parametrize(
    "changes", [{}, {ROLES: None}], ids=["no claim", "null is no claim"]
)
async def test_role_not_named(exchange: Exchange, changes: dict[str, object]) -> None:
    """A token that says nothing of roles does not satisfy the key, and is good."""
    raw = sign({**claims(), **changes})

    await exchange.refusal(AccessDeniedError, raw, role_arn=web.BY_IDP)
    await exchange(raw)


@pytest.mark.parametrize("listed", [[], "", [web.BY_IDP], [web.ROLE.lower()], 7])
async def test_other_roles_named(exchange: Exchange, listed: object) -> None:
    """A token that names other roles is invalid before any trust policy is asked."""
    raw = token(**{ROLES: listed})

    await exchange.refusal(InvalidIdentityTokenError, raw)

    record = exchange.world.audit.records[-1]
    assert "" == record.decided_by


async def test_revoked_while_checked(exchange: Exchange) -> None:
    """The session carries how far revocations were known before the check."""
    before = exchange.world.view.epoch

    result = await exchange()

    record = await exchange.world.store.get(
        result.credentials.access_key_id, now=exchange.world.clock.now()
    )
    assert record is not None
    assert before == record.epoch


async def test_denial_is_explained_to_the_owner(exchange: Exchange) -> None:
    """A denial is kept for the account of the role, under the id that was told."""
    error = await exchange.refusal(AccessDeniedError, token(sub="user-2"))
    await exchange.world.explain_waiting()

    kept = await exchange.world.denials.get(
        error.metadata["decision_id"], now=exchange.world.clock.now()
    )

    assert kept is not None
    assert (PROVIDER.arn, ACCOUNT) == (kept.caller_arn, kept.resource_account_id)
    assert "user-1" in kept.resource_view
    assert "user-1" not in kept.caller_view


KUBERNETES = {
    "aud": [CLIENT],
    "sub": "system:serviceaccount:payments:worker",
    "jti": "8f0b1f2e-6a1a-4f2e-9d4c-0c1d2e3f4a5b",
    "nbf": NOW,
    "kubernetes.io": {
        "namespace": "payments",
        "node": {"name": "n1", "uid": "0d1c"},
        "pod": {"name": "worker-0", "uid": "7a2b"},
        "serviceaccount": {"name": "worker", "uid": "9c3d"},
        "warnafter": NOW + 3_000,
    },
}
SPIFFE = {"aud": [CLIENT], "sub": "spiffe://shop.example/payments"}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [(KUBERNETES, None), (SPIFFE, "JWT"), (SPIFFE, "JOSE")],
    ids=["Kubernetes service account", "SPIFFE JWT", "SPIFFE JOSE"],
)
async def test_workload_tokens(
    exchange: Exchange, changes: dict[str, object], kind: str | None
) -> None:
    """Tokens of workloads are those of an ordinary provider."""
    raw = sign(claims(**changes), algorithm="RS256", typ=kind)

    result = await exchange(raw, role_arn=web.PLAIN)

    assert (changes["sub"], CLIENT) == (result.subject, result.audience)
