"""The condition keys that a token fills, and those that it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daypass.directory.declared import OidcProvider
from daypass.federation.oidc.verified import VerifiedIdToken
from support.oidc_issuer import CLIENT, PROVIDER, claims, sign
from support.oidc_refusal import claim_refusal, read, verified

PREFIX = "idp.example/realms/one"
GITHUB = "https://token.actions.githubusercontent.com"


def _of(url: str, **changes: object) -> VerifiedIdToken:
    provider: OidcProvider = replace(PROVIDER, url=url)
    return verified(sign(claims(iss=url, **changes)), provider=provider)


def test_keys_of_plain_token() -> None:
    """A plain token fills the keys of its audience and subject, and no other."""
    assert {f"{PREFIX}:aud": (CLIENT,), f"{PREFIX}:sub": ("user-1",)} == (
        read().condition_keys()
    )


def test_keys_of_full_token() -> None:
    """A token fills a key for each claim that has one."""
    token = read(
        aud=["api", "web"],
        azp=CLIENT,
        amr=["pwd", "mfa"],
        email="a@example.com",
        groups=["admins"],
    )

    assert {
        f"{PREFIX}:aud": (CLIENT,),
        f"{PREFIX}:oaud": ("api", "web"),
        f"{PREFIX}:azp": (CLIENT,),
        f"{PREFIX}:sub": ("user-1",),
        f"{PREFIX}:amr": ("pwd", "mfa"),
        f"{PREFIX}:email": ("a@example.com",),
    } == token.condition_keys()


def test_keys_that_last() -> None:
    """Audience, subject and methods are seen by later requests, the rest is not."""
    token = read(azp=CLIENT, amr="pwd", email="a@example.com")

    assert {
        f"{PREFIX}:aud": (CLIENT,),
        f"{PREFIX}:sub": ("user-1",),
        f"{PREFIX}:amr": ("pwd",),
    } == token.session_condition_keys()


@pytest.mark.parametrize("url", ["https://idp.example/", "https://idp.example"])
def test_prefix_is_the_issuer(url: str) -> None:
    """The prefix is the issuer to the byte, without its scheme (detail 40)."""
    prefix = url.removeprefix("https://")

    assert {f"{prefix}:aud", f"{prefix}:sub"} == set(_of(url).condition_keys())


def test_claims_fill_no_keys_of_others() -> None:
    """No claim fills the keys of another issuer (O23)."""
    token = _of(
        "https://evil.example/good.example:sub",
        **{
            "good.example:sub": "admin",
            "idp.example/realms/one:sub": "admin",
            "issuer": "https://good.example",
        },
    )

    assert all(
        name.startswith("evil.example/good.example:sub:")
        for name in token.condition_keys()
    )


def test_original_audience_of_google() -> None:
    """A token of Google has its original audience in any case."""
    plain = _of("https://accounts.google.com").condition_keys()
    party = _of("https://accounts.google.com", aud="web", azp=CLIENT).condition_keys()

    assert (CLIENT,) == plain["accounts.google.com:oaud"]
    assert ("web",) == party["accounts.google.com:oaud"]
    assert (CLIENT,) == party["accounts.google.com:aud"]


def test_keys_of_known_issuer() -> None:
    """A public issuer fills the keys that are known of it, and no others."""
    token = _of(GITHUB, repository="org/app", ref="refs/heads/main", run_id="7")

    assert {
        "token.actions.githubusercontent.com:aud": (CLIENT,),
        "token.actions.githubusercontent.com:sub": ("user-1",),
        "token.actions.githubusercontent.com:repository": ("org/app",),
        "token.actions.githubusercontent.com:ref": ("refs/heads/main",),
    } == token.condition_keys()


def test_known_claims_of_other_issuer() -> None:
    """An issuer that nobody knows fills no keys by claims of another's names."""
    assert set(read().condition_keys()) == set(
        read(repository="org/app", ref="x").condition_keys()
    )


def test_known_claim_of_other_form() -> None:
    """A claim that is to become a key is text."""
    provider = replace(PROVIDER, url=GITHUB)
    good = verified(sign(claims(iss=GITHUB, ref="x")), provider=provider)

    assert ("x",) == good.condition_keys()["token.actions.githubusercontent.com:ref"]
    with pytest.raises(Exception, match="id_token_claim_malformed"):
        verified(sign(claims(iss=GITHUB, ref={"a": 1})), provider=provider)


@pytest.mark.parametrize("amr", [5, True, {"pwd": 1}, ["pwd", 5], [""], ["m"] * 101])
def test_methods_in_their_form(amr: object) -> None:
    """Methods are text, so that a negated condition is not met by junk."""
    assert "claim_malformed" == claim_refusal(amr=amr)[0]


def test_empty_methods_fill_no_key() -> None:
    """No methods are an absent key, and not an empty one."""
    assert f"{PREFIX}:amr" not in read(amr=[]).condition_keys()


@pytest.mark.parametrize("flag", [False, "false", "True", 1, 0, [], "yes"])
def test_unverified_email_fills_no_key(flag: object) -> None:
    """An address that the issuer does not stand by is none."""
    token = read(email="a@example.com", email_verified=flag)

    assert token.email is None


@pytest.mark.parametrize(
    "extra", [{}, {"email_verified": True}, {"email_verified": "true"}]
)
def test_email(extra: dict[str, object]) -> None:
    """An address that the issuer stands by, or does not speak of, is a key."""
    assert "a@example.com" == read(email="a@example.com", **extra).email


@pytest.mark.parametrize("email", [5, ["a@example.com"], "", "a" * 2_049])
def test_email_in_its_form(email: object) -> None:
    """An address is text."""
    assert "claim_malformed" == claim_refusal(email=email)[0]


def test_longest_value() -> None:
    """A value of 2,048 characters is kept whole."""
    assert "a" * 2_048 == read(email="a" * 2_048).email
