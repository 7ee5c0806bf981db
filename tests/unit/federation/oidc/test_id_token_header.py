"""What the header of a token may say (attacks J01 to J15, J28, J44)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from daypass.federation.oidc.jwk_set import parse_jwk_set
from support.oidc_issuer import (
    claims,
    forge,
    jwk,
    key_for,
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


@pytest.mark.parametrize(
    "algorithm",
    [
        *("none", "None", "nOnE", "NONE", "none "),
        *("HS256", "HS384", "HS512", "PS256", "PS384", "PS512", "EdDSA", "ES256K"),
        *("es256", "ES256 ", "", None, 1, ["ES256"], {"alg": "ES256"}, True),
    ],
)
def test_other_algorithms_refused(algorithm: object) -> None:
    """An algorithm that is not on the list is refused (J01, J02, detail 39)."""
    inner, message = refusal(_header(alg=algorithm))

    assert "algorithm_not_taken" == inner
    assert message.startswith(NOT_A_JWT)


@pytest.mark.parametrize("signature", ["", part(b"\1" * 64)])
def test_none_refused_with_any_signature(signature: str) -> None:
    """A token that says it is not signed is refused, signed or not (J01, detail 39)."""
    head = part(json.dumps({**HEADER, "alg": "none"}))

    inner = reason(f"{head}.{part(json.dumps(claims()))}.{signature}")

    assert inner == ("algorithm_not_taken" if signature else "not_three_parts")


def test_missing_algorithm_refused() -> None:
    """A token that does not say how it is signed is refused (J02)."""
    assert "algorithm_not_taken" == reason(forge(_without("alg"), claims()))


def test_public_key_is_no_shared_secret() -> None:
    """A MAC under the public key, in whatever form, is refused (J03)."""
    public = key_for("ES256").public_key()
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        json.dumps(jwk("ES256")).encode(),
    ]

    for secret in forms:
        text = f"{part(json.dumps({**HEADER, 'alg': 'HS256'}))}."
        text += part(json.dumps(claims()))
        mac = hmac.digest(secret, text.encode(), hashlib.sha256)
        assert "algorithm_not_taken" == reason(f"{text}.{part(mac)}")


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("ES256", "RS256"),
        ("RS256", "ES256"),
        ("ES256", "ES384"),
        ("ES384", "ES256"),
        ("ES512", "ES256"),
        ("ES256", "ES512"),
    ],
)
def test_algorithm_must_fit_key(algorithm: str, key: str) -> None:
    """The algorithm is the key's; a token that says another is refused (J04, J05)."""
    keys = parse_jwk_set(key_set_text(jwk(key, kid="key")))

    inner = reason(sign(claims(), algorithm=algorithm, key_id="key"), keys=keys)

    assert "algorithm_not_of_key" == inner


def test_algorithm_of_key_that_names_one() -> None:
    """A key that names its algorithm verifies no other of its type (J44)."""
    keys = parse_jwk_set(key_set_text(jwk("RS256", alg="RS512")))

    assert "algorithm_not_of_key" == reason(
        sign(claims(), algorithm="RS256"), keys=keys
    )


@pytest.mark.parametrize(
    "kid",
    [
        *("../../dev/null", "file:///etc/passwd", "\0", "*", "k\r\nFLUSHALL\r\n"),
        *("' OR 1=1", "{slot}", "es256-0", "ES256-0 ", "ES256-\uff10", "", "k" * 9_000),
    ],
)
def test_unknown_key_refused(kid: str) -> None:
    """A name that is not that of a key finds none (J06, J07, J09)."""
    inner, message = refusal(_header(kid=kid))

    assert "key_unknown" == inner
    assert message.startswith("Couldn't retrieve verification key from your identity")


@pytest.mark.parametrize("kid", [None, 1, ["ES256-0"], {"kid": 1}, True])
def test_name_of_key_is_text(kid: object) -> None:
    """The name of a key is a string (J08)."""
    assert "header_member_not_a_string" == reason(_header(kid=kid))


def test_absent_name_with_several_keys() -> None:
    """Without a name none of several keys is tried (J08, O21)."""
    keys = key_set("ES256", "RS256")

    assert "key_not_named" == reason(sign(claims(), key_id=None), keys=keys)


def test_absent_name_with_one_key() -> None:
    """Without a name the only key is meant (O21)."""
    assert "user-1" == verified(sign(claims(), key_id=None)).subject


def test_no_usable_key() -> None:
    """Where no key can be used, the caller is told so."""
    keys = parse_jwk_set(key_set_text(jwk("ES256", use="enc")))

    inner, message = refusal(sign(claims()), keys=keys)

    assert "no_usable_key" == inner
    assert message.startswith("Couldn't retrieve verification key")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jwk", {"kty": "EC"}),
        ("jku", "https://127.0.0.1/keys"),
        ("x5u", "https://127.0.0.1/keys"),
        ("x5c", ["certificate"]),
        ("crit", ["exp"]),
        ("crit", []),
        ("crit", ["alg", "alg"]),
        ("crit", None),
        ("b64", False),
        ("b64", True),
        ("cty", "JWT"),
        ("enc", "A256GCM"),
        ("zip", "DEF"),
    ],
)
def test_members_that_mislead_refused(name: str, value: object) -> None:
    """No key, place, extension or coding comes from the token (J10 to J15, J30, J32)."""
    assert "header_members" == reason(_header(**{name: value}))


def test_certificate_of_another_key_refused() -> None:
    """A digest of a certificate must be that of the key, where the key has one (J12)."""
    keys = parse_jwk_set(key_set_text(jwk("ES256", x5t="digest")))

    other = sign(claims(), x5t="another")
    assert "certificate_not_of_key" == reason(other, keys=keys)
    assert "user-1" == verified(sign(claims(), x5t="digest"), keys=keys).subject
    assert "user-1" == verified(sign(claims(), x5t="whatever")).subject


def test_unknown_members_mean_nothing() -> None:
    """A header may say more than anybody understands."""
    assert "user-1" == verified(_header(nonce="n", ver="1", __class__="x")).subject


@pytest.mark.parametrize(
    "kind",
    [
        *("at+jwt", "logout+jwt", "dpop+jwt", "daypass-session+jwt", "secevent+jwt"),
        *("", "jwt ", "application/jwt"),
    ],
)
def test_other_kinds_refused(kind: str) -> None:
    """A token of another kind is not taken for an identity token (J28)."""
    assert "wrong_type" == reason(_header(typ=kind))


@pytest.mark.parametrize("kind", [None, 1, ["JWT"]])
def test_kind_is_text(kind: object) -> None:
    """The kind is a string."""
    assert "header_member_not_a_string" == reason(_header(typ=kind))


@pytest.mark.parametrize("kind", ["JWT", "jwt", "JOSE"])
def test_kind_of_identity_tokens(kind: str) -> None:
    """An identity token says JWT in any case, or JOSE as SPIFFE has it."""
    assert "user-1" == verified(_header(typ=kind)).subject


def test_kind_may_be_absent() -> None:
    """A token need not say its kind, as those of Kubernetes do not."""
    assert "user-1" == verified(forge(_without("typ"), claims())).subject
