"""A token of an OpenID provider that we did not write, all the way to credentials.

The provider and `daypassd` are processes of their own, and speak HTTPS to each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.daypassd import ACCOUNT, Daypassd, wait_until
from support.foreign_provider import ISSUER, ForeignProvider, foreign_provider
from support.web_identity_calls import (
    AUDIENCE,
    SUBJECT,
    TrustingOrganisation,
    exchange,
    keys_of,
    reason_of,
)

TAGS = {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["shop"]}}}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignProvider]:
    """Yields the provider, which knows a job of a pipeline."""
    folder = tmp_path_factory.mktemp("provider")
    with foreign_provider(folder, {SUBJECT: TAGS}) as running:
        yield running


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> TrustingOrganisation:
    """Returns an organisation that trusts the provider."""
    return TrustingOrganisation(tmp_path_factory.mktemp("organisation"), ISSUER)


@pytest.fixture(scope="module")
def server(
    organisation: TrustingOrganisation, provider: ForeignProvider
) -> Iterator[Daypassd]:
    """Yields a server that finds the provider on loopback."""
    flags = (
        f"--provider-hosts=ci.example=127.0.0.1:{provider.port}",
        "--provider-networks=127.0.0.0/8",
        f"--provider-ca-file={provider.authority}",
        "--directory-poll=0.1",
    )
    with Daypassd(organisation, *flags).init() as running:
        yield running


def test_pipeline_gets_credentials(server: Daypassd, provider: ForeignProvider) -> None:
    """A job's token is exchanged for credentials that sign and that verify."""
    answer = exchange(server, provider.id_token(SUBJECT, AUDIENCE))

    keys = keys_of(answer)
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/Deployer/job-7"
    assert session == answer.assumed_role_user.arn == server.caller(keys)
    assert "verified" == server.verdict(keys)
    assert (SUBJECT, AUDIENCE) == (
        answer.subject_from_web_identity_token,
        answer.audience,
    )
    assert f"arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example" == answer.provider
    assert answer.HasField("packed_policy_size")


def test_session_can_be_revoked(server: Daypassd, provider: ForeignProvider) -> None:
    """Revoking the session ends it, whatever its token says."""
    keys = keys_of(exchange(server, provider.id_token(SUBJECT, AUDIENCE)))

    assert server.revoke(keys)

    assert "REVOKED" in server.verdict(keys)


def test_others_are_refused(server: Daypassd, provider: ForeignProvider) -> None:
    """Good tokens of another job and for another audience do not open the role."""
    other_job = provider.id_token("repo:other/app:ref:refs/heads/main", AUDIENCE)
    other_audience = provider.id_token(SUBJECT, "somebody-else")

    assert "AccessDenied" == reason_of(server, other_job)
    assert "InvalidIdentityToken" == reason_of(server, other_audience)


def test_provider_is_deleted(
    server: Daypassd, organisation: TrustingOrganisation, provider: ForeignProvider
) -> None:
    """A provider that is taken out of the directory is not believed any more (O32)."""
    token = provider.id_token(SUBJECT, AUDIENCE)
    exchange(server, token)

    organisation.write(organisation.declared(provider=False))
    wait_until(lambda: "directory replaced" in server.log, "the directory is read anew")

    assert "InvalidIdentityToken" == reason_of(server, token)
    organisation.write(organisation.declared())


def test_address_is_checked_all_the_same(
    tmp_path: Path, provider: ForeignProvider
) -> None:
    """A host that leads to loopback is not asked unless the network is allowed (O05)."""
    organisation = TrustingOrganisation(tmp_path, ISSUER)
    flags = (
        f"--provider-hosts=ci.example=127.0.0.1:{provider.port}",
        f"--provider-ca-file={provider.authority}",
    )
    with Daypassd(organisation, *flags).init() as server:
        reason = reason_of(server, provider.id_token(SUBJECT, AUDIENCE))

        assert "InvalidIdentityToken" == reason
        wait_until(lambda: "address_not_allowed" in server.log, "address_not_allowed")


def test_certificate_is_checked(tmp_path: Path, provider: ForeignProvider) -> None:
    """A provider whose certificate nobody vouches for is not believed (O24)."""
    organisation = TrustingOrganisation(tmp_path, ISSUER)
    flags = (
        f"--provider-hosts=ci.example=127.0.0.1:{provider.port}",
        "--provider-networks=127.0.0.0/8",
    )
    with Daypassd(organisation, *flags).init() as server:
        reason = reason_of(server, provider.id_token(SUBJECT, AUDIENCE))

        assert "InvalidIdentityToken" == reason
        wait_until(
            lambda: "certificate_not_trusted" in server.log, "certificate_not_trusted"
        )


def test_nobody_answers(tmp_path: Path, provider: ForeignProvider) -> None:
    """A provider that does not answer is an error that clients retry (detail 52)."""
    organisation = TrustingOrganisation(tmp_path, ISSUER)
    flags = (
        "--provider-hosts=ci.example=127.0.0.1:1",
        "--provider-networks=127.0.0.0/8",
    )
    with Daypassd(organisation, *flags).init() as server:
        reason = reason_of(server, provider.id_token(SUBJECT, AUDIENCE))

    assert "IDPCommunicationError" == reason
