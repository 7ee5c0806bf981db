"""Key sets of providers: what is used, what is left out, what is refused whole."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import provider_limits as limits
from daypass.federation.oidc.algorithms import IdTokenAlgorithm
from daypass.federation.oidc.errors import DocumentRefusedError
from daypass.federation.oidc.jwk_set import IgnoredKey, parse_jwk_set
from support.oidc_issuer import ALGORITHMS, jwk, key_set, key_set_text, part


def _refusal(text: str | bytes) -> str:
    with pytest.raises(DocumentRefusedError) as caught:
        parse_jwk_set(text)
    return caught.value.reason


def _ignored(**members: object) -> str:
    """Returns why a changed key is left out; a good one beside it stays."""
    found = parse_jwk_set(key_set_text(jwk("ES384"), members))
    assert ["ES384-0"] == [key.key_id for key in found.keys]
    assert [1] == [each.position for each in found.ignored]
    return found.ignored[0].reason


def _ec(**changes: object) -> dict[str, Any]:
    return jwk("ES256", **changes)


def _rsa(**changes: object) -> dict[str, Any]:
    return jwk("RS256", **changes)


@pytest.mark.parametrize(
    "text",
    ["", "<html></html>", '{"keys":[]', '{"keys":[],"keys":[]}', "[]", b"\xff", "null"],
)
def test_other_text_refused(text: str | bytes) -> None:
    """What is not an object in strict JSON is no key set (attacks O10)."""
    assert "key_set_not_json" == _refusal(text)


@pytest.mark.parametrize("keys", [None, {}, "keys", 1])
def test_set_without_list_refused(keys: object) -> None:
    """The keys are a list."""
    assert "key_set_without_keys" == _refusal(json.dumps({"keys": keys}))
    assert "key_set_without_keys" == _refusal("{}")


@pytest.mark.parametrize("entry", [None, [], "key", 1])
def test_entry_of_other_kind_refused(entry: object) -> None:
    """Each key is an object."""
    text = json.dumps({"keys": [jwk("ES256"), entry]})

    assert "key_set_entry_not_an_object" == _refusal(text)


@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_private_member_refuses_set(name: str) -> None:
    """Whoever publishes a private key has lost it (attacks J45)."""
    text = key_set_text(jwk("RS256"), _ec(**{name: part("secret")}))

    assert "key_set_private" == _refusal(text)


def test_symmetric_key_refuses_set() -> None:
    """A set with a symmetric key is refused whole (attacks J45)."""
    text = key_set_text(jwk("ES256"), {"kty": "oct", "kid": "other"})

    assert "key_set_private" == _refusal(text)


def test_name_twice_refuses_set() -> None:
    """Two keys of one name refuse the set, be one of them of no use (attacks J46)."""
    same = jwk("ES384", kid="ES256-0")

    assert "key_set_name_twice" == _refusal(key_set_text(jwk("ES256"), same))
    unused = {**same, "use": "enc"}
    assert "key_set_name_twice" == _refusal(key_set_text(jwk("ES256"), unused))


def test_names_in_other_case_are_two() -> None:
    """Names are compared exactly (attacks J09)."""
    found = parse_jwk_set(key_set_text(_ec(kid="key"), _ec(kid="KEY"), _ec(kid="key ")))

    assert 3 == len(found.keys)
    assert found.find("Key") is None


def test_keys_without_name_are_no_twins() -> None:
    """Keys without names stand side by side, and no token can mean one of them."""
    found = parse_jwk_set(key_set_text(_ec(kid=None), _rsa(kid=None)))

    assert 2 == len(found.keys)
    assert found.find(None) is None


@pytest.mark.parametrize("kind", ["RSA", "EC", "OKP"])
def test_most_keys(kind: str) -> None:
    """A hundred keys of a kind pass, one more refuses the set (attacks O11)."""
    keys = [{"kty": kind, "kid": str(n)} for n in range(limits.PROVIDER_KEYS_MAX + 1)]

    assert "key_set_too_many_keys" == _refusal(key_set_text(*keys))
    found = parse_jwk_set(
        key_set_text(*keys[:-1], jwk("ES256" if kind != "EC" else "RS256"))
    )
    assert limits.PROVIDER_KEYS_MAX == len(found.ignored)
    assert 1 == len(found.keys)


def test_largest_set() -> None:
    """A set of 256 KiB passes, one of a byte more does not (attacks O11)."""
    text = key_set_text(jwk("ES256"))
    largest = text.ljust(limits.PROVIDER_DOCUMENT_BYTES_MAX)

    assert "key_set_not_json" == _refusal(largest + " ")
    assert 1 == len(parse_jwk_set(largest).keys)


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("use_not_signing", {"use": "enc"}),
        ("use_not_signing", {"use": None}),
        ("use_not_signing", {"use": ["sig"]}),
        ("key_ops_present", {"key_ops": ["sign"]}),
        ("key_ops_present", {"key_ops": ["verify"]}),
        ("key_id_not_a_string", {"kid": 1}),
        ("key_id_not_a_string", {"kid": None}),
        ("key_id_length", {"kid": ""}),
        ("key_id_length", {"kid": "k" * 1_025}),
        ("type_unknown", {"kty": "OKP"}),
        ("type_unknown", {"kty": "rsa"}),
        ("type_unknown", {"kty": None}),
        ("type_unknown", {"kty": ["EC"]}),
        ("algorithm_not_of_type", {"alg": "ES384"}),
        ("algorithm_not_of_type", {"alg": "ES512"}),
        ("algorithm_not_of_type", {"alg": "RS256"}),
        ("algorithm_not_of_type", {"alg": "HS256"}),
        ("algorithm_not_of_type", {"alg": "none"}),
        ("algorithm_not_of_type", {"alg": None}),
        ("curve_unknown", {"crv": "secp256k1"}),
        ("curve_unknown", {"crv": ["P-256"]}),
        ("coordinate_length", {"crv": "P-384"}),
        ("coordinate_length", {"x": part(b"\1" * 31)}),
        ("coordinate_length", {"y": part(b"\0" + b"\1" * 32)}),
        ("point_not_on_curve", {"x": part(b"\1" * 32)}),
        ("point_not_on_curve", {"x": part(b"\0" * 32), "y": part(b"\0" * 32)}),
        ("point_not_on_curve", {"x": part(b"\xff" * 32)}),
        ("member_missing", {"y": None}),
        ("member_missing", {"y": ""}),
        ("member_missing", {"x": 5}),
        ("number_not_base64url", {"x": "+" * 43}),
        ("number_not_base64url", {"x": part(b"\1" * 32) + "="}),
        ("number_long", {"x": "A" * 1_367}),
    ],
)
def test_curve_key_left_out(reason: str, changes: dict[str, object]) -> None:
    """A key that cannot be used is left out and reported (attacks J42, J44)."""
    assert reason == _ignored(**{**_ec(), **changes})


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("rsa_modulus_short", {"n": part(b"\xff" * 255)}),
        ("rsa_modulus_even", {"n": part(b"\xfe" * 256)}),
        ("rsa_exponent_weak", {"e": "AQ"}),
        ("rsa_exponent_weak", {"e": "Ag"}),
        ("number_not_minimal", {"e": "AAEAAQ"}),
        ("number_not_minimal", {"n": part(b"\0" + b"\xff" * 256)}),
        ("member_missing", {"n": None}),
        ("member_missing", {"e": None}),
        ("number_long", {"n": part(b"\xff" * 1_025)}),
        ("number_long", {"n": "A" * 200_000}),
        ("algorithm_not_of_type", {"alg": "PS256"}),
        ("algorithm_not_of_type", {"alg": "ES256"}),
    ],
)
def test_rsa_key_left_out(reason: str, changes: dict[str, object]) -> None:
    """An RSA key that cannot be used is left out and reported (attacks J43, J44)."""
    assert reason == _ignored(**{**_rsa(), **changes})


def test_report_names_nothing_of_key() -> None:
    """What is reported is where the key stands and why, and not what it holds."""
    found = parse_jwk_set(key_set_text(_ec(kid="\x1b[31mred", use="enc")))

    assert (IgnoredKey(0, "use_not_signing"),) == found.ignored


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_named_algorithm_is_the_only_one(algorithm: str) -> None:
    """A key that names its algorithm has that one."""
    found = parse_jwk_set(key_set_text(jwk(algorithm, alg=algorithm)))

    assert [frozenset({IdTokenAlgorithm(algorithm)})] == [
        key.algorithms for key in found.keys
    ]


def test_algorithms_by_type() -> None:
    """Without a name, an RSA key has three algorithms and a curve has its one."""
    by_name = {
        key.key_id: key.algorithms for key in key_set("RS256", "ES256", "ES512").keys
    }

    assert {
        "RS256-0": {"RS256", "RS384", "RS512"},
        "ES256-0": {"ES256"},
        "ES512-0": {"ES512"},
    } == by_name


def test_use_may_be_absent() -> None:
    """A key without `use` is for signing; members that nobody knows are ignored."""
    found = parse_jwk_set(key_set_text(_ec(use=None, x5c=["junk"], more={"a": 1})))

    assert ((), 1) == (found.ignored, len(found.keys))


def test_empty_set() -> None:
    """A set without keys is a set: its issuer has withdrawn them all."""
    found = parse_jwk_set('{"keys":[]}')

    assert ((), ()) == (found.keys, found.ignored)
    assert found.find(None) is None


def test_only_key_is_meant_without_name() -> None:
    """A token without a name means the only key, or none (attacks J08, O21)."""
    assert key_set("ES256", "RS256").find(None) is None
    only = key_set("ES256")
    assert only.keys[0] is only.find(None)


def test_only_some_algorithms() -> None:
    """A set is narrowed to algorithms, and keys that are left without one go."""
    narrowed = key_set("RS256", "ES256").only({IdTokenAlgorithm.RS384})

    assert [("RS256-0", frozenset({IdTokenAlgorithm.RS384}))] == [
        (key.key_id, key.algorithms) for key in narrowed.keys
    ]


def test_printing_hides_key() -> None:
    """A key prints without its mathematics."""
    assert "_key=" not in repr(key_set("RS256").keys[0])


MEMBERS = st.sampled_from([*_ec(), *_rsa(), "alg", "key_ops", "d", "x5t", "anything"])
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from([*_ec().values(), *_rsa().values()])
    | st.lists(st.text(max_size=4), max_size=2)
)


@given(st.lists(st.dictionaries(MEMBERS, VALUES, max_size=6), max_size=4))
def test_nothing_but_refusals(keys: list[dict[str, object]]) -> None:
    """Whatever the keys, the set is read or refused, and no key goes missing."""
    with contextlib.suppress(DocumentRefusedError):
        found = parse_jwk_set(json.dumps({"keys": keys}))
        assert len(keys) == len(found.keys) + len(found.ignored)


@given(st.binary(max_size=64) | st.text(max_size=64))
def test_nothing_but_refusals_of_text(text: bytes | str) -> None:
    """Whatever the text, it is read or refused."""
    with contextlib.suppress(DocumentRefusedError):
        parse_jwk_set(text)
