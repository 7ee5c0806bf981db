"""Secret access keys follow from their ids, and from nothing else that is public."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from daypass.core.secret import Secret
from daypass.keyring.generate import new_ring_secret
from daypass.keyring.key import KeyState
from daypass.tokens.secret_key import derive_secret_access_key
from support.world import START, SeededEntropy

DERIVATION = new_ring_secret(SeededEntropy(), START, state=KeyState.ACTIVE)


def test_other_id_has_another_secret() -> None:
    """Two ids have two secrets."""
    assert derive_secret_access_key("a", DERIVATION) != derive_secret_access_key(
        "b", DERIVATION
    )


def test_other_derivation_secret_gives_another() -> None:
    """After a rotation the same id has another secret."""
    other = replace(DERIVATION, secret=Secret(b"x" * 32))

    assert derive_secret_access_key("a", DERIVATION) != derive_secret_access_key(
        "a", other
    )


def test_value_is_an_hmac() -> None:
    """The secret is the first thirty bytes of an HMAC-SHA-256, in base64."""
    mac = hmac.new(DERIVATION.secret.reveal(), b"ASIAEXAMPLE", hashlib.sha256)

    derived = derive_secret_access_key("ASIAEXAMPLE", DERIVATION)

    assert base64.b64encode(mac.digest()[:30]) == derived.reveal()


@given(access_key_id=st.text(st.characters(exclude_categories=["Cs"])))
def test_form(access_key_id: str) -> None:
    """A secret has forty characters of the base64 alphabet and no padding."""
    text = derive_secret_access_key(access_key_id, DERIVATION).reveal_text()

    assert re.fullmatch(r"[A-Za-z0-9+/]{40}", text)
