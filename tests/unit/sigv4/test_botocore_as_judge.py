"""botocore, which we did not write, signs calls that we take."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import SignatureDoesNotMatchError
from daypass.core.secret import Secret
from daypass.sigv4.grpc_proof import read_proof
from daypass.sigv4.signature import SigningKeyCache
from support.botocore_signer import sign_with_botocore
from support.proofs import check_scope_and_time
from support.sign import Metadata, work_out
from support.world import START

# What botocore never signs: hop-by-hop or rewritten on the way.
NOT_SIGNED = {"user-agent", "x-amzn-trace-id", "expect", "transfer-encoding"}

words = st.from_regex(r"[!-~]{1,12}", fullmatch=True)
names = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True).filter(
    lambda name: name not in NOT_SIGNED and not name.endswith("-bin")
)
calls = st.fixed_dictionaries(
    {
        "method": st.builds("/{}.{}/{}".format, names, names, names),
        "body": st.binary(max_size=64),
        "access_key_id": st.from_regex(r"[A-Z0-9]{16,20}", fullmatch=True),
        "secret_access_key": words,
        "signed_at": st.just(START),
        "session_token": st.none() | words,
        "region": st.from_regex(r"[a-z]{2}-[a-z]{1,5}-[1-9]", fullmatch=True),
        "extra": st.dictionaries(names, words, max_size=3).map(
            lambda d: list(d.items())
        ),
    }
)


def _verify(call: dict[str, Any], metadata: Metadata) -> None:
    proof = read_proof(method=call["method"], metadata=metadata, body=call["body"])
    assert proof is not None
    check_scope_and_time(proof, START, {call["region"]})
    proof.verify(Secret(call["secret_access_key"]), SigningKeyCache())


@given(call=calls)
def test_v36_call_of_another_secret_refused(call: dict[str, Any]) -> None:
    """A call that botocore signed with another secret is refused."""
    signed = sign_with_botocore(**call | {"secret_access_key": "another"})

    with pytest.raises(SignatureDoesNotMatchError):
        _verify(call | {"secret_access_key": "-"}, signed.metadata)


@given(call=calls)
def test_v36_signed_call_taken(call: dict[str, Any]) -> None:
    """Every call that botocore signs is taken."""
    _verify(call, sign_with_botocore(**call).metadata)


@given(call=calls)
def test_our_test_signer_agrees(call: dict[str, Any]) -> None:
    """The signer of the other tests arrives at botocore's every step."""
    region = call["region"]
    steps = {name: value for name, value in call.items() if name != "region"}

    ours = work_out(**steps, scope_words=(region, "sts", "aws4_request"))
    theirs = sign_with_botocore(**call)

    assert theirs.canonical_request == ours.canonical_request
    assert theirs.string_to_sign == ours.string_to_sign
    assert theirs.signature == ours.signature
    assert theirs.authorization == ours.authorization
