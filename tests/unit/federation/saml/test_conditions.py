"""When and for whom an assertion is good (S36, S39, S41, S57)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core import saml_limits as limits
from daypass.core.errors import ExpiredIdentityTokenError
from daypass.federation.saml.assertion import Expectations
from daypass.federation.saml.options import ServiceProvider
from support.saml_idp import (
    AUDIENCE,
    AUTHENTICATION,
    CONDITIONS_BEGIN,
    CONFIRMATION,
    RECIPIENT,
    Change,
    instant,
    response,
)
from support.saml_refusal import change_refusal, provider, read, refusal, verified
from support.world import START

SECOND = timedelta(seconds=1)
SKEW = limits.SAML_CLOCK_SKEW_MAX
NOT_BEFORE = f' NotBefore="{instant(-timedelta(minutes=5))}"'
CONDITIONS_END = f' NotOnOrAfter="{instant(timedelta(minutes=10))}">'
BEARER_END = f' NotOnOrAfter="{instant(timedelta(minutes=5))}"'


def audience(*names: str) -> str:
    """Returns a restriction to audiences that are already XML."""
    inner = "".join(f"<saml:Audience>{name}</saml:Audience>" for name in names)
    return f"<saml:AudienceRestriction>{inner}</saml:AudienceRestriction>"


def ends(*, conditions: timedelta, bearer: timedelta) -> tuple[Change, Change]:
    """Returns changes of the two ends of an assertion."""
    return (
        (CONDITIONS_END, f' NotOnOrAfter="{instant(conditions)}">'),
        (BEARER_END, f' NotOnOrAfter="{instant(bearer)}"'),
    )


def test_no_conditions() -> None:
    """An assertion without conditions is refused (S36, S39)."""
    whole = f"{CONDITIONS_BEGIN}{AUDIENCE}</saml:Conditions>"

    assert "element_missing" == change_refusal((whole, ""))


def test_audience_missing() -> None:
    """An assertion for no audience is refused (S36)."""
    assert "audience_missing" == change_refusal((AUDIENCE, ""))


@pytest.mark.parametrize(
    "name",
    [
        *("", "urn:amazon:webservice", "urn:amazon:webservices2", "urn:amazon"),
        *(" urn:amazon:webservices", "urn:amazon:webservices\u00a0"),
        *("URN:amazon:webservices", "https://signin.aws.amazon.com/saml/"),
        *("urn:amazon:web\u200bservices", "https://x.example/urn:amazon:webservices"),
    ],
)
def test_audience_wrong(name: str) -> None:
    """An audience that is ours but for a character is not ours (S30, S36)."""
    assert "audience_not_ours" == change_refusal((AUDIENCE, audience(name)))


def test_audience_empty() -> None:
    """A restriction to nobody is one that fails (S36)."""
    assert "audience_not_ours" == change_refusal((AUDIENCE, audience()))


@pytest.mark.parametrize("first", [True, False])
def test_one_restriction_fails(first: bool) -> None:  # noqa: FBT001
    """Of two restrictions both must hold (S36)."""
    other = audience("https://other.example")
    both = other + AUDIENCE if first else AUDIENCE + other

    assert "audience_not_ours" == change_refusal((AUDIENCE, both))


def test_restriction_with_element() -> None:
    """A restriction holds audiences and nothing else (S29)."""
    change = ("</saml:AudienceRestriction>", "<x/></saml:AudienceRestriction>")

    assert "element_unexpected" == change_refusal(change)


def test_audience_with_element() -> None:
    """An audience is plain text (S29)."""
    wrong = audience("urn:amazon:webservices<x/>")

    assert "xml_mixed_content" == change_refusal((AUDIENCE, wrong))


@pytest.mark.parametrize(
    "names",
    [
        ("urn:amazon:webservices",),
        ("https://other.example", "urn:amazon:webservices"),
        (RECIPIENT,),
        ("https://eu-west-1.signin.aws.amazon.com/saml",),
    ],
)
def test_audience_ours(names: tuple[str, ...]) -> None:
    """Of several audiences of one restriction one must be ours."""
    assert "alice" == read((AUDIENCE, audience(*names))).session_name


def test_audience_configured() -> None:
    """An audience of the installation is ours, byte for byte (S36)."""
    ours = ServiceProvider(entity_ids=frozenset({"https://sts.example"}))
    expected = Expectations(provider(), ours)
    text = response((AUDIENCE, audience("https://sts.example")))

    assert "alice" == verified(text, expected=expected).session_name
    assert "audience_not_ours" == change_refusal(
        (AUDIENCE, audience("https://sts.example"))
    )


@pytest.mark.parametrize("restriction", ["", audience("https://other.example")])
def test_audience_given_up(restriction: str) -> None:
    """An installation may take assertions whatever their audience."""
    found = read((AUDIENCE, restriction), unsafe_ignore_audience=True)

    assert "alice" == found.session_name


@pytest.mark.parametrize(
    "condition",
    [
        *("<saml:ProxyRestriction/>", '<saml:ProxyRestriction Count="0"/>'),
        *("<saml:Condition/>", '<x:Other xmlns:x="urn:x"/>', "<saml:oneTimeUse/>"),
    ],
)
def test_unknown_condition(condition: str) -> None:
    """A condition that is not understood is not passed over (S57)."""
    change = (AUDIENCE, AUDIENCE + condition)

    assert "element_unexpected" == change_refusal(change)


def test_one_time_use() -> None:
    """An assertion for one use is one, whatever the installation gives up (S57)."""
    change = (AUDIENCE, f"{AUDIENCE}<saml:OneTimeUse/>")

    assert read(change, unsafe_accept_replay=True).single_use


def test_one_time_use_twice() -> None:
    """A condition that may stand once stands once (S57)."""
    change = (AUDIENCE, AUDIENCE + "<saml:OneTimeUse/>" * 2)

    assert "element_repeated" == change_refusal(change)


@pytest.mark.parametrize(
    ("given_up", "expected"),
    [({}, True), ({"unsafe_accept_replay": True}, False)],
)
def test_single_use(given_up: dict[str, bool], expected: bool) -> None:  # noqa: FBT001
    """An assertion is for one use unless the installation gives that up."""
    assert expected is read(**given_up).single_use


def test_end_missing() -> None:
    """Conditions without an end are refused (S39)."""
    assert "attribute_missing" == change_refusal((CONDITIONS_END, ">"))


@pytest.mark.parametrize("which", ["conditions", "bearer"])
@pytest.mark.parametrize("late", [timedelta(), SECOND, timedelta(hours=1)])
def test_ended(which: str, late: timedelta) -> None:
    """The earlier of both ends counts, a minute for the clocks granted (S39)."""
    span = {"conditions": timedelta(hours=1), "bearer": timedelta(hours=1)}
    span[which] = -SKEW - late

    error = refusal(response((NOT_BEFORE, ""), *ends(**span)))
    assert isinstance(error, ExpiredIdentityTokenError)


@pytest.mark.parametrize("which", ["conditions", "bearer"])
def test_just_not_ended(which: str) -> None:
    """An end a minute ago, less a second, has not come on every clock (S39)."""
    span = {"conditions": timedelta(hours=1), "bearer": timedelta(hours=1)}
    span[which] = SECOND - SKEW

    found = read((NOT_BEFORE, ""), *ends(**span))
    assert START + SECOND - SKEW == found.not_on_or_after
    assert START + SECOND == found.remember_until


def test_lives_too_long() -> None:
    """An assertion that is good for longer than a day is refused."""
    day = limits.SAML_ASSERTION_LIFETIME_MAX + SECOND

    assert "lifetime_too_long" == change_refusal(*ends(conditions=day, bearer=day))


def test_lives_longest() -> None:
    """An assertion may be good for a day; the earlier end counts."""
    day = limits.SAML_ASSERTION_LIFETIME_MAX

    found = read(*ends(conditions=day + SECOND, bearer=day))
    assert START + day == found.not_on_or_after


def _begins(offset: timedelta) -> Change:
    return (NOT_BEFORE, f' NotBefore="{instant(offset)}"')


def test_not_yet_good() -> None:
    """An assertion that begins more than a minute from now is refused (S39)."""
    assert "not_yet_valid" == change_refusal(_begins(SKEW + SECOND))


def test_just_good() -> None:
    """An assertion may begin within a minute, for clocks that are off (S39)."""
    assert "alice" == read(_begins(SKEW)).session_name


def test_begin_given_up() -> None:
    """An installation may take assertions before they become good."""
    change = _begins(SKEW + SECOND)

    assert "alice" == read(change, unsafe_ignore_not_before=True).session_name


@pytest.mark.parametrize("given_up", [{}, {"unsafe_ignore_not_before": True}])
def test_begins_after_end(given_up: dict[str, bool]) -> None:
    """An assertion that ends before it begins is never good."""
    change = _begins(timedelta(minutes=10))

    assert "conditions_empty_period" == change_refusal(change, **given_up)


def test_authentication_missing() -> None:
    """An assertion that nobody has signed in is refused."""
    assert "authentication_missing" == change_refusal((AUTHENTICATION, ""))


@pytest.mark.parametrize(
    ("old", "reason"),
    [("AuthnInstant", "authenticated_in_future"), ("IssueInstant", "issued_in_future")],
)
def test_of_the_future(old: str, reason: str) -> None:
    """What was done more than a minute from now was not done (S39)."""
    change = (f'{old}="{instant()}"', f'{old}="{instant(SKEW + SECOND)}"')

    assert reason == change_refusal(change)


@pytest.mark.parametrize("name", ["AuthnInstant", "IssueInstant"])
def test_time_missing(name: str) -> None:
    """An assertion says when it was made, and when somebody signed in."""
    assert "attribute_missing" == change_refusal((f' {name}="{instant()}"', ""))


def _session_ends(*offsets: timedelta) -> Change:
    statements = "".join(
        AUTHENTICATION.replace(
            " AuthnInstant", f' SessionNotOnOrAfter="{instant(offset)}" AuthnInstant'
        )
        for offset in offsets
    )
    return (AUTHENTICATION, statements)


@pytest.mark.parametrize("offset", [timedelta(), -SECOND])
def test_session_ended(offset: timedelta) -> None:
    """A session that the provider has ended does not begin (S41)."""
    error = refusal(response(_session_ends(offset)))

    assert isinstance(error, ExpiredIdentityTokenError)


def test_session_end() -> None:
    """The earliest end of the provider's sessions counts (S41)."""
    found = read(_session_ends(timedelta(hours=2), SECOND, timedelta(hours=1)))

    assert START + SECOND == found.session_not_on_or_after
    assert SECOND == found.lifetime_max(now=START)


def test_no_session_end() -> None:
    """A provider need not limit the session."""
    assert read().lifetime_max(now=START) is None


def test_bearer_element_is_there() -> None:
    """The changes of these tests are of the confirmation that is used."""
    assert BEARER_END in CONFIRMATION


def test_less_than_a_second_left() -> None:
    """Of a session of which no whole second is left nothing is left (S41)."""
    found = read(_session_ends(SECOND))

    assert SECOND == found.lifetime_max(now=START)
    with pytest.raises(ExpiredIdentityTokenError):
        found.lifetime_max(now=START + timedelta(milliseconds=1))
