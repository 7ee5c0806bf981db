"""Access key ids of signed calls follow from the call, and from a secret."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from daypass.core.identifiers import account_of_access_key_id, encode_access_key_id
from daypass.core.secret import Secret
from daypass.keyring.generate import new_ring_secret
from daypass.keyring.key import KeyState
from daypass.tokens.access_key import derive_access_key_id
from support.world import START, SeededEntropy

DERIVATION = new_ring_secret(SeededEntropy(), START, state=KeyState.ACTIVE)
ACCOUNT = "123456789012"


@given(st.binary(max_size=64), st.from_regex("[0-9]{12}", fullmatch=True))
def test_id_is_of_the_account(digest: bytes, account: str) -> None:
    """An id is a temporary one and carries its account; again it is the same."""
    access_key_id = derive_access_key_id(digest, account, DERIVATION)

    assert access_key_id.startswith("ASIA")
    assert account == account_of_access_key_id(access_key_id)
    assert access_key_id == derive_access_key_id(digest, account, DERIVATION)


def test_other_call_has_another_id() -> None:
    """C09: of many calls hardly two share an id, as if it had been drawn."""
    ids = Counter(
        derive_access_key_id(b"%d" % number, ACCOUNT, DERIVATION)
        for number in range(20_000)
    )

    assert 20_000 == len(ids)


def test_other_secret_gives_another_id() -> None:
    """Whoever does not know the secret cannot tell the id of a call."""
    other = replace(DERIVATION, secret=Secret(b"x" * 32))

    assert derive_access_key_id(b"a", ACCOUNT, DERIVATION) != derive_access_key_id(
        b"a", ACCOUNT, other
    )


def test_value_is_a_labelled_hmac() -> None:
    """The random part is that of an HMAC-SHA-256 with a label and the account."""
    message = b"daypass:access-key-id:123456789012:digest"
    mac = hmac.new(DERIVATION.secret.reveal(), message, hashlib.sha256).digest()

    derived = derive_access_key_id(b"digest", ACCOUNT, DERIVATION)

    expected = encode_access_key_id("ASIA", ACCOUNT, int.from_bytes(mac[:5], "big"))
    assert expected == derived
