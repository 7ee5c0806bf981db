"""Tokens of providers in any but the one form are refused (attacks J01 to J52)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import provider_limits as limits
from daypass.core.errors import InvalidIdentityTokenError
from daypass.federation.oidc import id_token
from daypass.federation.oidc.jwk_set import parse_jwk_set
from support.oidc_issuer import (
    ALGORITHMS,
    ISSUER,
    claims,
    forge,
    jwk,
    key_set,
    key_set_text,
    part,
    sign,
)
from support.oidc_refusal import reason, refusal, verified

HEADER: dict[str, object] = {"alg": "ES256", "kid": "ES256-0", "typ": "JWT"}
NOT_A_JWT = "The ID Token provided is not a valid JWT"


def _header(**changes: object) -> str:
    """Returns a good token but for its header, signed as it stands."""
    return forge({**HEADER, **changes}, claims())


def _without(name: str) -> Mapping[str, object]:
    return {member: HEADER[member] for member in HEADER if member != name}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_good_token_of_each_algorithm(algorithm: str) -> None:
    """A token that another library made is taken, whatever its algorithm."""
    token = verified(sign(claims(), algorithm=algorithm), keys=key_set(algorithm))

    assert "user-1" == token.subject


@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"none","alg":"ES256","kid":"ES256-0"}',
        b'{"alg":"ES256","\\u0061lg":"ES256","kid":"ES256-0"}',
        b"{'alg':'ES256'}",
        b'{"alg":"ES256",}',
        b'["ES256"]',
        b"\xef\xbb\xbf{}",
        b"\xff",
        b"",
    ],
)
def test_header_in_strict_json(header: bytes) -> None:
    """The header is one object in strict JSON (J16, J18, J20, J60)."""
    assert reason(forge(header, claims())) in {"header_not_json", "not_three_parts"}


@pytest.mark.parametrize(
    "payload",
    [
        b'{"iss":"a","iss":"b"}',
        b'{"iss":"a","\\u0069ss":"b"}',
        b'{"exp":1e400}',
        b'{"exp":NaN}',
        b'{"exp":' + b"9" * 4_301 + b"}",
        b'{"a":"\\ud800"}',
        b"[" * 10_000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b"[]",
        b"null",
        json.dumps({"iss": ISSUER}).encode("utf-16"),
    ],
)
def test_claims_in_strict_json(payload: bytes) -> None:
    """The claims are one object in strict JSON (J17 to J20, J49, J50, J60)."""
    inner, message = refusal(forge(HEADER, payload))

    assert "claims_not_json" == inner
    assert message.startswith(NOT_A_JWT)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "=",
        lambda text: text + "\0",
        lambda text: text.replace(".", "=.", 1),
        lambda text: text.replace(".", " .", 1),
        lambda text: text.replace(".", "\n.", 1),
        lambda text: text.replace(".", "+.", 1),
        lambda text: text.replace(".", "\u00e9.", 1),
        lambda text: text.replace(".", ".=", 1),
    ],
)
def test_other_spellings_refused(change: Any) -> None:
    """Each part has one spelling (J35)."""
    assert "not_canonical_base64url" == reason(change(sign(claims())))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.rpartition(".")[0],
        lambda text: text.rpartition(".")[0] + ".",
        lambda text: text + ".",
        lambda text: "." + text,
        lambda text: text + ".a.b",
        lambda text: text.replace(".", ".."),
        lambda _: "",
        lambda _: ".",
        lambda _: "a",
        lambda _: "." * 20_000,
    ],
)
def test_other_part_counts_refused(change: Any) -> None:
    """A token has three parts, none of them empty (J31, J36, J48)."""
    assert "not_three_parts" == reason(change(sign(claims())))


@pytest.mark.parametrize("prefix", ["Bearer ", "Bearer Bearer ", "\ufeff"])
def test_prefix_refused(prefix: str) -> None:
    """What stands before a token is not part of it, and not taken (J36)."""
    assert "not_canonical_base64url" == reason(prefix + sign(claims()))


def test_json_serialisation_refused() -> None:
    """Only the compact form is taken (J34)."""
    head, payload, signature = sign(claims()).split(".")
    text = json.dumps({"protected": head, "payload": payload, "signature": signature})

    assert "not_three_parts" == reason(text)


@pytest.mark.parametrize("blanks", ["\n", "\r\n", "  ", "\t"])
def test_blanks_around_token(blanks: str) -> None:
    """Blanks around a token are those of the file that it was read from."""
    assert "user-1" == verified(blanks + sign(claims()) + blanks).subject
    assert "not_canonical_base64url" == reason(sign(claims()) + "\u00a0")


def test_longest_token() -> None:
    """A token of 20,000 characters passes, one more is not looked at (J47, O28)."""
    room = limits.ID_TOKEN_CHARACTERS_MAX - len(sign(claims()))
    longest = ""
    for count in range(room * 3 // 4 - 20, room):
        token = sign(claims(groups="g" * count))
        if len(token) > limits.ID_TOKEN_CHARACTERS_MAX:
            break
        longest = token

    assert limits.ID_TOKEN_CHARACTERS_MAX - 2 <= len(longest)
    assert "too_long" == reason(longest.ljust(20_001, "A"))
    assert "user-1" == verified(longest).subject


def test_many_claims() -> None:
    """A token of more claims than it has room for is refused by its length (O28)."""
    many = claims(**{f"c{n}": 1 for n in range(10_000)})

    assert "too_long" == reason(sign(many))


def test_wrong_signature() -> None:
    """A signature of other bytes, or by another key, is refused."""
    head, payload, signature = sign(claims()).split(".")
    other = part(json.dumps(claims(sub="somebody")))

    assert "wrong_signature" == reason(f"{head}.{other}.{signature}")
    assert "wrong_signature" == reason(sign(claims(), number=1, key_id="ES256-0"))
    assert "user-1" == verified(f"{head}.{payload}.{signature}").subject


@pytest.mark.parametrize("size", [0, 63, 65, 70, 72, 132])
def test_signature_of_other_size(size: int) -> None:
    """A signature is as long as its curve says, and never DER (J39)."""
    head, payload, _ = sign(claims()).split(".")
    signature = part(b"\1" * size) or "A"

    assert reason(f"{head}.{payload}.{signature}") in {
        "wrong_signature",
        "not_canonical_base64url",
    }


def test_psychic_signature() -> None:
    """The signature of zeros is refused (J37)."""
    head, payload, _ = sign(claims()).split(".")

    assert "wrong_signature" == reason(f"{head}.{payload}.{part(bytes(64))}")


def test_header_spelled_otherwise() -> None:
    """A signature covers the bytes as received, not what they mean (J52)."""
    head, payload, signature = forge(HEADER, claims()).split(".")
    other = part(json.dumps(HEADER, separators=(",", ":")))

    assert other != head
    assert "wrong_signature" == reason(f"{other}.{payload}.{signature}")


def test_issuer_mix_up() -> None:
    """A key of another issuer, though of the same name, vouches for nothing (O16)."""
    keys_of_other = parse_jwk_set(key_set_text(jwk("ES256", 1, kid="ES256-0")))

    assert "wrong_signature" == reason(sign(claims()), keys=keys_of_other)


@pytest.mark.parametrize(
    "issuer",
    [
        ISSUER + "/",
        ISSUER.upper(),
        ISSUER[:-1],
        ISSUER + "x",
        "idp.example/realms/one",
        " " + ISSUER,
    ],
)
def test_other_issuer(issuer: str) -> None:
    """The issuer is that of the provider, to the byte (J26, J29, detail 40)."""
    inner, message = refusal(sign(claims(iss=issuer)))

    assert "no_provider" == inner
    assert f"No OpenIDConnect provider found in your account for {issuer}" == message


def test_hostile_issuer_is_shown_harmless() -> None:
    """An issuer that is shown to the caller stays one short line (J50)."""
    _, message = refusal(sign(claims(iss="\x1b[31m\r\n\u202e" + "i" * 1_000)))

    assert message.isprintable()
    assert len(message) < 400


@pytest.mark.parametrize("issuer", [None, [ISSUER], {"iss": ISSUER}, 5, True, ""])
def test_issuer_is_text(issuer: object) -> None:
    """The issuer is a string, and a list that holds the right one is not (J26)."""
    payload = json.dumps({**claims(), "iss": issuer}).encode()

    assert "claim_malformed" == reason(sign(payload))


def test_issuer_is_required() -> None:
    """A token without an issuer is nobody's."""
    inner, message = refusal(sign(claims(iss=None)))

    assert ("claim_missing", "Missing a required claim: iss") == (inner, message)


def test_unverified_token_shows_little() -> None:
    """Before it is verified, a token shows whose it claims to be and by which key."""
    token = id_token.parse(sign(claims()))

    assert (ISSUER, "ES256", "ES256-0") == (token.issuer, token.algorithm, token.key_id)
    assert "user-1" not in repr(token)
    assert not hasattr(token, "subject")


@given(st.text(alphabet="eyJ0.-_AZ= \n", max_size=60) | st.text(max_size=40))
def test_nothing_but_refusals(text: str) -> None:
    """Whatever the text, it is refused with the one documented error."""
    with pytest.raises(InvalidIdentityTokenError):
        id_token.parse(text)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from([*HEADER, "crit", "x5t", "other"]), JSON_VALUES, max_size=4
    )
)
def test_nothing_but_refusals_of_headers(header: dict[str, object]) -> None:
    """Whatever the header says, the token is read or refused."""
    text = f"{part(json.dumps(header))}.{part(json.dumps(claims()))}.AA"

    try:
        token = id_token.parse(text)
    except InvalidIdentityTokenError:
        return
    assert header["alg"] == token.algorithm
