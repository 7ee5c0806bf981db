"""What revocations end, what is known of them, and how old that may be.

SPEC: design 7; decision 0030; the server's own view is the judge of what ends.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from daypass.core.identifiers import encode_access_key_id
from daypass.core.revocation import (
    Epoch,
    LoggedRevocation,
    Revocation,
    RevocationScope,
)
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.ring import Ring
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from daypass_client.errors import CannotVouchError, TokenRejectedError
from daypass_client.verifier.revocations import UnknownScopeError
from support.exchanged import OUR_ISSUER, encoded, exchanged_token
from support.forge import role_session
from support.offline import (
    ACCOUNT_ISSUER,
    AGE_MAX,
    LOG,
    US,
    OfflineWorld,
    entry,
    identity_token,
)
from support.rings import full_ring
from support.world import START, ManualClock, SeededEntropy

MOMENT = timedelta(microseconds=1)
OWNER, PARENTS_OWNER, ROOTS = "123456789012", "210987654321", "345678901234"
ANCESTOR = encode_access_key_id("ASIA", PARENTS_OWNER, 1)
SESSION: dict[str, Any] = {
    "access_key_id": encode_access_key_id("ASIA", OWNER, 2),
    "ancestors": (ANCESTOR, "AKIAABCDEFGHIJKLMNOP", "t" * 22),
    "ancestor_principals": ("AROA" + "A" * 17, ROOTS),
}
SUBJECTS = (
    encode_access_key_id("ASIA", OWNER, 2),
    ANCESTOR,
    "AKIAABCDEFGHIJKLMNOP",
    "AROA" + "A" * 17,
    "AROA" + "R" * 17,
    "AIDA" + "U" * 17,
    OWNER,
    PARENTS_OWNER,
    ROOTS,
    "t" * 22,
    "stranger",
)
SCOPES = ("session", "principal", "account", "token")


SERVER_CLOCK = ManualClock()


def server_view(scope: str, subject: str) -> RevocationView:
    """Returns what a server knows that has read one revocation, of number 8."""
    view = RevocationView(clock=SERVER_CLOCK, lease=timedelta(seconds=30))
    view.begin(LOG)
    revocation = Revocation(
        RevocationScope(scope), subject, START, START + timedelta(days=2)
    )
    view.apply([LoggedRevocation(8, revocation)])
    view.renew(SERVER_CLOCK.monotonic())
    return view


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("issued", [7, 8])
def test_what_ends_a_session(
    world: OfflineWorld, ring: Ring, scope: str, subject: str, issued: int
) -> None:
    """A session ends by what the server ends it by, and where it was issued before."""
    session = role_session(ring, **SESSION, epoch=Epoch(LOG, issued))
    token = world.token(**SESSION, epoch=Epoch(LOG, issued))
    world.hear(8)
    assert "good" == world.verdict(token)

    world.hear(8, [entry(8, scope, subject)])

    try:
        server_view(scope, subject).check(session)
    except SessionRevokedError:
        assert "revoked" == world.refused(token)
    else:
        assert "good" == world.verdict(token)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(
    "subject",
    ["t" * 22, OWNER, "AIDA" + "S" * 17, "ASIA" + "Q" * 16, "AROA" + "R" * 17, "no"],
)
def test_what_ends_an_exchanged_token(
    world: OfflineWorld, ring: Ring, scope: str, subject: str
) -> None:
    """A token that came of an exchange ends by what the server ends it by."""
    text = encoded(ring)
    world.hear(8, [entry(8, scope, subject)])

    try:
        server_view(scope, subject).check_token(exchanged_token())
    except SessionRevokedError:
        with pytest.raises(TokenRejectedError) as caught:
            world.judge.exchanged(text, issuer=OUR_ISSUER, audience="images")
        assert "revoked" == caught.value.reason
    else:
        world.judge.exchanged(text, issuer=OUR_ISSUER, audience="images")


def test_some_subjects_end_and_some_do_not() -> None:
    """The tests above have both kinds of cases."""
    session = role_session(full_ring(SeededEntropy(), START), **SESSION)

    def ends(scope: str, subject: str) -> bool:
        try:
            server_view(scope, subject).check(session)
        except SessionRevokedError:
            return True
        return False

    found = [ends(scope, subject) for scope in SCOPES for subject in SUBJECTS]

    assert 8 < sum(found) < len(found) - 8


def test_older_revocations_of_a_name_count(world: OfflineWorld) -> None:
    """A later revocation of a subject says all that the earlier one said."""
    subject = "AROA" + "R" * 17
    early = world.token(epoch=Epoch(LOG, 7))
    late = world.token(epoch=Epoch(LOG, 8), session_name="late")

    world.hear(8, [entry(8, "principal", subject)])
    assert ["revoked", "good"] == [world.verdict(early), world.verdict(late)]
    world.hear(9, [entry(9, "principal", subject)])
    assert ["revoked", "revoked"] == [world.verdict(early), world.verdict(late)]


def test_own_name_ends_whatever_the_place(world: OfflineWorld) -> None:
    """A session revoked by its own name stays ended, though it were issued later."""
    token = world.token(epoch=Epoch(LOG, 9))

    world.hear(9, [entry(8, "session", "ASIA" + "Q" * 16)])

    assert "revoked" == world.refused(token)


def test_session_of_a_lost_log(world: OfflineWorld) -> None:
    """Where the log is another one, sessions of the lost one are refused."""
    token = world.token()
    assert "good" == world.verdict(token)

    world.hear(3, log_id="log-2", restart=True)

    assert "revoked" == world.refused(token)
    assert "good" == world.verdict(world.token(epoch=Epoch("log-2", 3)))


def test_nothing_is_said_while_a_log_is_read(world: OfflineWorld) -> None:
    """Until a new log is read to its end, nothing is vouched for."""
    token = world.token(epoch=Epoch("log-2", 1))

    world.hear(1, log_id="log-2", restart=True, complete=False)
    assert "revocations_unknown" == unsaid(world, token)
    world.hear(2, log_id="log-2")
    assert "good" == world.verdict(token)


def unsaid(world: OfflineWorld, token: str) -> str:
    """Returns why nothing is said of a token."""
    with pytest.raises(CannotVouchError) as caught:
        world.judge.session(token)
    assert str(caught.value)
    return caught.value.reason


def test_token_from_ahead(world: OfflineWorld) -> None:
    """A token that was issued after what is known waits for what is missing."""
    token = world.token(epoch=Epoch(LOG, 8))

    assert "revocations_behind" == unsaid(world, token)
    world.hear(8)
    assert "good" == world.verdict(token)


def test_unknown_scope_ends_all_vouching(world: OfflineWorld) -> None:
    """What revokes something unknown leaves nothing that could be vouched for."""
    token = world.token()

    with pytest.raises(UnknownScopeError):
        world.hear(8, [entry(8, "6", "x")])

    assert "revocations_unknown" == unsaid(world, token)


@pytest.mark.parametrize("staleness", [timedelta(0), timedelta(seconds=3)])
def test_knowledge_grows_old(world: OfflineWorld, staleness: timedelta) -> None:
    """Knowledge serves to its bound, counted from when the server had read the log."""
    token = world.token()
    world.clock.advance(timedelta(minutes=1))
    world.hear(7, staleness=staleness)

    world.clock.advance(AGE_MAX - staleness)
    assert AGE_MAX == world.judge.session(token).revocation_view_age
    world.clock.advance(MOMENT)
    assert "revocations_stale" == unsaid(world, token)


def test_unfinished_news_do_not_freshen(world: OfflineWorld) -> None:
    """A message that more follow says nothing of how fresh the rest is."""
    token = world.token()
    world.clock.advance(timedelta(seconds=9))
    world.hear(8, complete=False)

    assert timedelta(seconds=9) == world.judge.session(token).revocation_view_age


def test_setting_the_clock_back_changes_no_age(world: OfflineWorld) -> None:
    """The age of knowledge is counted by a clock that nobody sets."""
    token = world.token(issue_time=START - timedelta(hours=1))
    world.clock.advance(AGE_MAX + MOMENT)
    world.clock.step(-AGE_MAX * 2)

    assert "revocations_stale" == unsaid(world, token)


def test_revoked_key(world: OfflineWorld, ring: Ring) -> None:
    """A revoked key vouches for nothing, in this log and in those after it."""
    token, identity = world.token(), identity_token(ring)
    of_other_key = ring.signing_key(Algorithm.ES384).kid
    world.verify(token)

    world.hear(8, [entry(8, "key", of_other_key)])
    assert "good" == world.verdict(token)
    with pytest.raises(TokenRejectedError) as caught:
        world.judge.identity(identity, issuer=ACCOUNT_ISSUER, audience=US)
    assert "unknown_key" == caught.value.reason

    world.hear(9, [entry(9, "key", ring.signing_key().kid)])
    assert "unknown_key" == world.refused(token)
    world.hear(1, log_id="log-2", restart=True)
    later = world.token(epoch=Epoch("log-2", 1))
    assert ["unknown_key"] * 2 == [world.refused(token), world.refused(later)]


def test_what_has_run_out_is_forgotten(world: OfflineWorld) -> None:
    """A revocation is dropped when nothing is left that it can meet, and not before."""
    world.hear(8, [entry(8, "session", "ASIA" + "A" * 16)])

    world.clock.advance(timedelta(days=2) - timedelta(seconds=1))
    world.hear(8)
    assert 1 == world.revocations.count
    world.clock.advance(timedelta(minutes=1))
    world.hear(8)
    assert 0 == world.revocations.count


@pytest.mark.parametrize("kind", ["session", "exchanged", "identity"])
@pytest.mark.parametrize("unsafe", [False, True])
def test_without_revocations(ring: Ring, kind: str, *, unsafe: bool) -> None:
    """What can be revoked is vouched for only by who follows, or says it is unsafe."""
    world = OfflineWorld(ring, revocations=False, unsafe=unsafe)

    def judged() -> object:
        if kind == "session":
            return world.judge.session(world.token()).revocation_view_age
        if kind == "exchanged":
            verified = world.judge.exchanged(
                encoded(ring), issuer=OUR_ISSUER, audience="images"
            )
            return verified.revocation_view_age
        return world.judge.identity(
            identity_token(ring), issuer=ACCOUNT_ISSUER, audience=US
        ).revocation_view_age

    if unsafe or kind == "identity":
        assert judged() is None
        return
    with pytest.raises(CannotVouchError) as caught:
        judged()
    assert "revocations_not_followed" == caught.value.reason
