"""Signing keys are remembered, and a rotated secret meets none of an older one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daypass.core.errors import SignatureDoesNotMatchError
from daypass.core.keyed_hash import KeyedHash
from daypass.core.secret import Secret
from daypass.sigv4.signature import (
    Credential,
    CredentialScope,
    SigningKeyCache,
    derive_signing_key,
    string_to_sign,
    verify_decoy,
    verify_signature,
)

SCOPE = CredentialScope("20150830", "us-east-1", "iam")
OLD = Secret("old-secret")
NEW = Secret("new-secret")


def _verify(signature: str, secret: Secret, keys: SigningKeyCache) -> None:
    verify_signature(
        signature,
        "text",
        credential=Credential("key", SCOPE),
        secret=secret,
        keys=keys,
    )


def _signed(secret: Secret) -> str:
    return KeyedHash(derive_signing_key(secret, SCOPE)).digest(b"text").hex()


def test_wrong_secret_refused() -> None:
    """A signature by another secret is refused, and leaves nothing behind."""
    keys = SigningKeyCache()

    with pytest.raises(SignatureDoesNotMatchError) as caught:
        _verify(_signed(NEW), OLD, keys)

    assert caught.value.detail == "wrong_signature"
    assert len(keys) == 0


def test_wrong_signature_after_a_hit_refused() -> None:
    """A remembered key takes no signature but its own."""
    keys = SigningKeyCache()
    _verify(_signed(OLD), OLD, keys)

    with pytest.raises(SignatureDoesNotMatchError):
        _verify(_signed(NEW), OLD, keys)


def test_right_signature_taken_twice() -> None:
    """A signature is taken with a fresh key, and again with the remembered one."""
    keys = SigningKeyCache()

    _verify(_signed(OLD), OLD, keys)
    _verify(_signed(OLD), OLD, keys)

    assert len(keys) == 1


def test_v17_rotated_secret_meets_no_old_key() -> None:
    """After a rotation the old signature is refused at once, the new one taken."""
    keys = SigningKeyCache()
    _verify(_signed(OLD), OLD, keys)

    with pytest.raises(SignatureDoesNotMatchError):
        _verify(_signed(OLD), NEW, keys)
    _verify(_signed(NEW), NEW, keys)

    assert keys.find(Credential("key", SCOPE), OLD) is None
    found = keys.find(Credential("key", SCOPE), NEW)
    assert found is not None
    assert _signed(NEW) == found.digest(b"text").hex()
    assert len(keys) == 1


@pytest.mark.parametrize("member", ["date", "region", "service", "terminator"])
def test_key_of_another_scope_is_not_found(member: str) -> None:
    """A remembered key serves its own scope and no other."""
    keys = SigningKeyCache()
    _verify(_signed(OLD), OLD, keys)
    other = replace(SCOPE, **{member: "other"})

    assert keys.find(Credential("key", other), OLD) is None
    assert derive_signing_key(OLD, SCOPE) != derive_signing_key(OLD, other)


def test_key_of_another_id_is_not_found() -> None:
    """A remembered key serves its own access key id and no other."""
    keys = SigningKeyCache()
    _verify(_signed(OLD), OLD, keys)

    assert keys.find(Credential("other", SCOPE), OLD) is None


def test_memory_is_bounded() -> None:
    """No more keys are remembered than the bound says."""
    keys = SigningKeyCache(size_max=2)

    for number in range(5):
        keys.remember(Credential(str(number), SCOPE), OLD, KeyedHash(NEW))

    assert len(keys) == 2
    assert keys.find(Credential("4", SCOPE), OLD) is not None


def test_key_that_was_left_first_goes_first() -> None:
    """A signing key that takes the place of another is as young as it is new."""
    keys = SigningKeyCache(size_max=2)

    for name in ("first", "second", "first", "third"):
        keys.remember(Credential(name, SCOPE), OLD, KeyedHash(NEW))

    assert keys.find(Credential("second", SCOPE), OLD) is None
    assert keys.find(Credential("first", SCOPE), OLD) is not None


def test_memory_does_not_print() -> None:
    """The text form of the memory holds no secret."""
    keys = SigningKeyCache()
    _verify(_signed(OLD), OLD, keys)

    assert "old-secret" not in repr(vars(keys))


def test_decoy_says_nothing() -> None:
    """Checking against a decoy refuses nothing, even where it would match."""
    for signature in (_signed(OLD), _signed(NEW)):
        verify_decoy(signature, "text", scope=SCOPE, decoy=OLD)


def test_documented_signing_key() -> None:
    """The signing key of the example in the AWS documentation comes out right."""
    secret = Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    assert derive_signing_key(secret, SCOPE).reveal().hex() == (
        "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
    )


def test_string_to_sign() -> None:
    """The string to sign has algorithm, time, scope and digest, one a line."""
    text = string_to_sign("20150830T123600Z", SCOPE, "")

    assert text == (
        "AWS4-HMAC-SHA256\n20150830T123600Z\n"
        "20150830/us-east-1/iam/aws4_request\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
