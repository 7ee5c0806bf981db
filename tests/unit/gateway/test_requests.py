"""Parameters become requests, each in its place, and absent ones stay absent."""

from __future__ import annotations

from dataclasses import fields

import pytest

from daypass.core.errors import ValidationError
from daypass.core.secret import Secret
from daypass.gateway import requests
from daypass.gateway.parameters import Parameters
from daypass.sts.assume_role_request import AssumeRoleRequest, ProvidedContext
from daypass.sts.get_session_token import GetSessionTokenRequest
from daypass.sts.tags import Tag


def _sent(**parameters: str) -> Parameters:
    return Parameters.read((), tuple(parameters.items()))


def _named(pairs: dict[str, str]) -> Parameters:
    return Parameters.read((), tuple(pairs.items()))


def test_assume_role_in_whole() -> None:
    """Every parameter of AssumeRole has its place; secrets are secret."""
    sent = _named(
        {
            "RoleArn": "r",
            "RoleSessionName": "n",
            "DurationSeconds": "900",
            "Policy": "p",
            "PolicyArns.member.1.arn": "a",
            "Tags.member.1.Key": "k",
            "Tags.member.1.Value": "",
            "TransitiveTagKeys.member.1": "k",
            "ExternalId": "e",
            "SerialNumber": "s",
            "TokenCode": "000001",
            "SourceIdentity": "i",
            "ProvidedContexts.member.1.ProviderArn": "c",
            "ProvidedContexts.member.1.ContextAssertion": "x",
            "MinimumSessionTokenSize": "0",
        }
    )

    assert AssumeRoleRequest(
        role_arn="r",
        role_session_name="n",
        duration_seconds=900,
        policy="p",
        policy_arns=("a",),
        tags=(Tag("k", ""),),
        transitive_tag_keys=("k",),
        external_id="e",
        serial_number="s",
        token_code=Secret("000001"),
        source_identity="i",
        provided_contexts=(ProvidedContext("c", Secret("x")),),
        minimum_session_token_size=0,
    ) == requests.assume_role(sent)
    sent.missing.raise_if_any()


def test_nothing_sent() -> None:
    """What was not sent is None or empty, in every request."""
    sent = _sent()

    assert AssumeRoleRequest() == requests.assume_role(sent)
    assert GetSessionTokenRequest() == requests.get_session_token(sent)
    for read in (
        requests.assume_role_with_saml,
        requests.assume_role_with_web_identity,
        requests.assume_root,
        requests.get_federation_token,
        requests.get_web_identity_token,
    ):
        request = read(sent)
        values = [getattr(request, field.name) for field in fields(request)]
        assert {None, ()} >= set(values)
    assert Secret("") == requests.get_delegated_access_token(sent)


def test_second_factor_keeps_its_zeros() -> None:
    """The code of a second factor is text, and a secret one."""
    request = requests.get_session_token(_sent(SerialNumber="s", TokenCode="000123"))

    assert Secret("000123") == request.token_code
    assert "000123" not in repr(request)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("PolicyArns.member.1.Arn", "policy_arns[0].arn"),
        ("Tags.member.1.Value", "tags[0].key"),
        ("ProvidedContexts.member.1.ProviderArn", "provided_contexts[0]"),
    ],
)
def test_structure_that_lacks_a_part(name: str, path: str) -> None:
    """A structure that lacks a part is told by the path of that part."""
    sent = _named({name: "x"})
    requests.assume_role(sent)

    with pytest.raises(ValidationError) as caught:
        sent.missing.raise_if_any()
    assert caught.value.violations[0].field.startswith(path)


def test_proof_that_is_empty() -> None:
    """A proof that is empty is none."""
    sent = _sent(SAMLAssertion="", WebIdentityToken="")

    assert None is requests.assume_role_with_saml(sent).saml_assertion
    assert None is requests.assume_role_with_web_identity(sent).web_identity_token
