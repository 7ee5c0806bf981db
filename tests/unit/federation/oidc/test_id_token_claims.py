"""What a token must say to be good: for whom, about whom, and when."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import provider_limits as limits
from daypass.core.errors import (
    ExpiredIdentityTokenError,
    InvalidIdentityTokenError,
)
from daypass.core.limits import EPOCH_SECONDS_MAX
from daypass.federation.oidc import id_token
from daypass.federation.oidc.verified import VerifiedIdToken
from support.oidc_issuer import CLIENT, ISSUER, NOW, PROVIDER, claims, key_set, sign
from support.oidc_refusal import claim_refusal, read, reason, refusal, verified
from support.world import START

SKEW = int(limits.ID_TOKEN_CLOCK_SKEW_MAX.total_seconds())
DAY = int(limits.ID_TOKEN_LIFETIME_MAX.total_seconds())
NULLS = ("iss", "sub", "aud", "iat", "exp", "nbf", "azp")


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "iat", "exp"])
def test_required_claims(name: str) -> None:
    """Each of five claims must be there, and the caller is told which is not (J22)."""
    inner, message = claim_refusal(**{name: None})

    assert ("claim_missing", f"Missing a required claim: {name}") == (inner, message)


@pytest.mark.parametrize("name", NULLS)
def test_null_is_no_value(name: str) -> None:
    """A claim that must have a value has none when it is null."""
    payload = json.dumps({**claims(), name: None}).encode()

    assert reason(sign(payload)) in {"claim_malformed", "audience_empty"}


@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
@pytest.mark.parametrize(
    "value",
    [
        *(True, False, [NOW], {}, "", "now", "1.5", "-1", "+1", " 1", "1 ", "\u0661"),
        *("1" * 13, -1, 1.5, float(NOW), EPOCH_SECONDS_MAX + 1, 2**63, 2**64),
    ],
)
def test_times_are_whole_seconds(name: str, value: object) -> None:
    """A time is an integer, or a string of its digits (J19, J21)."""
    assert "claim_malformed" == claim_refusal(**{name: value})[0]


@pytest.mark.parametrize("name", ["iat", "exp", "nbf"])
def test_times_as_digits(name: str) -> None:
    """A time may be a string of digits, as some issuers have it."""
    value = str(NOW + 60) if name == "exp" else str(NOW)

    assert START <= read(**{name: value}).expire_time


@pytest.mark.parametrize("exponent", ["e0", "e9", ".0"])
def test_times_have_no_fraction(exponent: str) -> None:
    """A number with a point or an exponent is no time, whatever its value."""
    payload = json.dumps(claims(exp=1)).replace('"exp": 1', f'"exp": 1{exponent}')

    assert "claim_malformed" == reason(sign(payload.encode()))


def test_expiry() -> None:
    """A token is good up to five minutes behind its end, and not at that instant."""
    token = sign(claims(iat=NOW - 600, exp=NOW))
    late = START.replace(microsecond=0) + limits.ID_TOKEN_CLOCK_SKEW_MAX

    with pytest.raises(ExpiredIdentityTokenError) as caught:
        verified(token, now=late)

    assert "id_token_expired" == caught.value.detail
    assert caught.value.message.startswith(
        f"Token expired: current date/time {NOW + SKEW}"
    )
    assert "user-1" == verified(token, now=late - timedelta(seconds=1)).subject


def test_expiry_of_long_ago() -> None:
    """A token of the last century has expired, and nothing else is wrong with it."""
    with pytest.raises(ExpiredIdentityTokenError):
        read(iat=1, exp=2)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_begin(name: str) -> None:
    """A token is good from five minutes before its begin on."""
    begin = NOW + SKEW

    inner, message = claim_refusal(**{name: begin + 1})

    assert "not_yet_valid" == inner
    assert f"The token is not valid yet: {name} is in the future" == message
    assert read(**{name: begin}).subject


@pytest.mark.parametrize("seconds", [0, -1, -3600])
def test_end_behind_begin(seconds: int) -> None:
    """A token that ends before or when it begins is refused (J23)."""
    assert "claim_malformed" == claim_refusal(iat=NOW, exp=NOW + seconds)[0]


def test_longest_lifetime() -> None:
    """A token lasts a day at the most, so that an old one is not good (J23, O19)."""
    assert "claim_malformed" == claim_refusal(iat=NOW, exp=NOW + DAY + 1)[0]
    assert START + timedelta(days=1) == read(iat=NOW, exp=NOW + DAY).expire_time


@pytest.mark.parametrize("end", [EPOCH_SECONDS_MAX, 99_999_999_999])
def test_end_of_calendar(end: int) -> None:
    """A token that ends where the calendar does raises nothing undocumented (J19)."""
    assert "claim_malformed" == claim_refusal(exp=end)[0]
    assert "not_yet_valid" == claim_refusal(iat=end - 1, exp=end)[0]


def test_skew_is_a_choice() -> None:
    """How far clocks may be off is the caller's to say."""
    token = sign(claims(iat=NOW - 600, exp=NOW))

    with pytest.raises(ExpiredIdentityTokenError):
        _verify(token, clock_skew=timedelta())
    assert _verify(token, clock_skew=timedelta(seconds=1)).subject


def _verify(token: str, *, clock_skew: timedelta) -> VerifiedIdToken:
    return id_token.verify(
        token,
        provider=PROVIDER,
        keys=key_set("ES256"),
        now=START,
        clock_skew=clock_skew,
    )


def test_expired_with_wrong_signature() -> None:
    """An expired token with a wrong signature is a wrong signature (J53)."""
    good = sign(claims(), number=1, key_id="ES256-0")
    expired = sign(claims(iat=1, exp=2), number=1, key_id="ES256-0")

    assert refusal(good) == refusal(expired)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "s" * 256,
        "a\0",
        "a\nb",
        "a\x1b[31m",
        "a\u202eb",
        "a\u2028b",
        "\u200b",
        5,
        ["user"],
        {"sub": "user"},
        True,
    ],
)
def test_subject_is_short_text(subject: object) -> None:
    """A subject is text of 1 to 255 characters that show (O18, J50)."""
    inner, message = claim_refusal(sub=subject)

    assert ("claim_malformed", "The value of a claim is not valid: sub") == (
        inner,
        message,
    )


@pytest.mark.parametrize(
    "subject",
    ["s", "s" * 255, "repo:Org/x:ref:refs/heads/main", "\u00e4 b", "__proto__"],
)
def test_good_subjects(subject: str) -> None:
    """A subject is kept as it is, its case too."""
    assert subject == read(sub=subject).subject


@pytest.mark.parametrize(
    "audience",
    [
        *("daypass", CLIENT + "2", CLIENT[:-1], CLIENT.upper(), " " + CLIENT),
        *([], [CLIENT + "2"]),
    ],
)
def test_other_audience(audience: object) -> None:
    """A token for somebody else is refused, to the byte (J27, O17)."""
    inner, message = claim_refusal(aud=audience)

    assert inner in {"audience_not_registered", "audience_empty"}
    assert "Incorrect token audience" == message


@pytest.mark.parametrize("audience", [5, True, {}, [[CLIENT]], [CLIENT, 5], "", [""]])
def test_audience_is_text(audience: object) -> None:
    """An audience is a string or a list of strings (J27)."""
    assert "claim_malformed" == claim_refusal(aud=audience)[0]


@pytest.mark.parametrize(
    "audience", [[CLIENT, "wrong"], ["wrong", CLIENT], [CLIENT, CLIENT]]
)
def test_several_audiences_need_party(audience: list[str]) -> None:
    """Of several audiences none is picked (detail 39, O17)."""
    inner, message = claim_refusal(aud=audience)

    assert "audience_ambiguous" == inner
    assert "Incorrect token audience" == message


def test_most_audiences() -> None:
    """A hundred audiences pass where a party decides, one more does not."""
    many = [f"a{n}" for n in range(limits.ID_TOKEN_CLAIM_VALUES_MAX + 1)]

    assert "claim_malformed" == claim_refusal(aud=many, azp=CLIENT)[0]
    assert tuple(many[1:]) == read(aud=many[1:], azp=CLIENT).audiences


@pytest.mark.parametrize("party", ["wrong", CLIENT + "x", "*"])
def test_other_party(party: str) -> None:
    """A party that is not registered is refused, be the audience ours (O17)."""
    inner, message = claim_refusal(azp=party)

    assert "audience_not_registered" == inner
    assert "Incorrect token audience" == message


@pytest.mark.parametrize("party", ["", 5, [CLIENT], True])
def test_party_is_text(party: object) -> None:
    """A party is a string."""
    assert "claim_malformed" == claim_refusal(azp=party)[0]


def test_party_decides() -> None:
    """The party is the audience, whatever `aud` says (detail 39)."""
    token = read(aud=["api", "other"], azp="another-client")

    assert "another-client" == token.audience == token.authorized_party
    assert ("api", "other") == token.audiences


def test_one_audience_in_a_list() -> None:
    """A list of one audience is that audience, and needs no party."""
    token = read(aud=[CLIENT])

    assert (CLIENT, (CLIENT,), None) == (
        token.audience,
        token.audiences,
        token.authorized_party,
    )


def test_client_ids_are_those_of_the_provider() -> None:
    """Two accounts with one issuer have client ids of their own (O33)."""
    other = replace(PROVIDER, arn="arn:other", client_ids=("their-client",))
    token = sign(claims(aud="their-client"))

    assert "audience_not_registered" == refusal(token)[0]
    assert "arn:other" == verified(token, provider=other).provider_arn
    assert "audience_not_registered" == refusal(sign(claims()), provider=other)[0]


def test_same_subject_of_two_issuers() -> None:
    """A subject is somebody else at another issuer (O18)."""
    other = replace(PROVIDER, url="https://other.example")

    theirs = verified(sign(claims(iss="https://other.example")), provider=other)

    assert theirs.subject == read().subject
    assert not set(theirs.condition_keys()) & set(read().condition_keys())


def test_facts_of_good_token() -> None:
    """A verified token says whose it is, for whom and when."""
    token = read(nbf=NOW - 5)

    assert (PROVIDER.arn, ISSUER, CLIENT) == (
        token.provider_arn,
        token.issuer,
        token.audience,
    )
    assert (START, START - timedelta(seconds=5), START + timedelta(hours=1)) == (
        token.issue_time,
        token.not_before,
        token.expire_time,
    )


def test_copies_share_a_replay_id() -> None:
    """The two signatures of one token are one token, and other tokens are not (O31)."""
    payload = claims()
    first, second = verified(sign(payload)), verified(sign(payload))

    assert sign(payload) != sign(payload)
    assert first.replay_id == second.replay_id
    assert first.replay_id != read(jti="other").replay_id


def test_distributed_claims_lead_nowhere() -> None:
    """Claims that are said to be elsewhere are not there (O29)."""
    source = {"endpoint": "https://127.0.0.1/claims", "access_token": "x"}

    token = read(_claim_names={"email": "src"}, _claim_sources={"src": source})

    assert token.email is None


def test_claims_of_odd_names() -> None:
    """Claims that are named like parts of the language mean nothing (J51)."""
    odd = {"__class__": "x", "__proto__": {"a": 1}, "constructor": 5, "@type": "Any"}

    assert read(**odd).subject == read().subject


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(CLIENT),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = st.sampled_from(
    [
        *("iss", "sub", "aud", "azp", "iat", "exp", "nbf", "amr", "email"),
        *("email_verified", "https://aws.amazon.com/tags"),
        "https://aws.amazon.com/tags/principal_tags/K",
        "https://aws.amazon.com/tags/transitive_tag_keys",
        "https://aws.amazon.com/source_identity",
        "https://aws.amazon.com/roles",
    ]
)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_nothing_but_refusals(changes: dict[str, object]) -> None:
    """Whatever the claims, the token is good or refused with a documented error."""
    payload = json.dumps({**claims(), **changes}).encode()

    with contextlib.suppress(InvalidIdentityTokenError, ExpiredIdentityTokenError):
        token = verified(sign(payload))
        assert token.audience in PROVIDER.client_ids
        assert all(token.condition_keys().values())
