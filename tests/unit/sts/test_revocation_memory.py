"""A view that remembers whom it has let pass says what one without memory says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import DaypassError
from daypass.core.revocation import (
    Epoch,
    LoggedRevocation,
    Revocation,
    RevocationScope,
)
from daypass.core.session import Session, SessionKind
from daypass.sts.revocation_view import RevocationView
from support.sts_world import LEASE
from support.world import START, ManualClock

ACCOUNT = "111122223333"
ROLE, USER = "AROA" + "R" * 17, "AIDA" + "U" * 17
FIRST, SECOND = "ASIA" + "Q" * 16, "ASIA" + "R" * 16

Step = Callable[[RevocationView, ManualClock], None]


def _session(name: str, sequence: int, incarnation: str, *older: str) -> Session:
    return Session(
        kind=SessionKind.ROLE,
        access_key_id=name,
        account_id=ACCOUNT,
        principal_id=ROLE,
        session_name="s1",
        issue_time=START,
        expire_time=START + timedelta(hours=1),
        epoch=Epoch(incarnation, sequence),
        derivation_key_id="d1",
        origin_id=USER,
        ancestors=older,
    )


# Two of one name are among them, and one that was chained from another.
SESSIONS = (
    _session(FIRST, 0, "log-1"),
    _session(FIRST, 2, "log-1"),
    _session(SECOND, 1, "log-1", FIRST),
    _session(SECOND, 0, "log-2"),
)
SUBJECTS = st.sampled_from(
    [
        (RevocationScope.SESSION, FIRST),
        (RevocationScope.SESSION, SECOND),
        (RevocationScope.PRINCIPAL, ROLE),
        (RevocationScope.PRINCIPAL, "AROA" + "Z" * 17),
        (RevocationScope.ACCOUNT, ACCOUNT),
        (RevocationScope.KEY, "k1"),
    ]
)


def _begin(incarnation: str) -> Step:
    return lambda view, _: view.begin(incarnation)


def _renew(view: RevocationView, clock: ManualClock) -> None:
    view.renew(clock.monotonic())


def _let_lease_run_out(_: RevocationView, clock: ManualClock) -> None:
    clock.advance(LEASE)


def _apply(subject: tuple[RevocationScope, str]) -> Step:
    def step(view: RevocationView, _: ManualClock) -> None:
        try:
            sequence = view.epoch.sequence + 1
        except DaypassError:
            return
        keep_until = START + timedelta(minutes=1)
        entry = Revocation(*subject, START, keep_until)
        view.apply([LoggedRevocation(sequence, entry)])

    return step


def _forget(view: RevocationView, clock: ManualClock) -> None:
    clock.advance(timedelta(minutes=1))
    view.forget_expired()
    view.renew(clock.monotonic())


STEPS = st.lists(
    st.one_of(
        SUBJECTS.map(_apply),
        st.sampled_from(["log-1", "log-2"]).map(_begin),
        st.just(_renew),
        st.just(_let_lease_run_out),
        st.just(_forget),
    ),
    max_size=6,
)


def _outcomes(view: RevocationView) -> list[object]:
    """Returns what a view says of each session."""
    found: list[object] = []
    for session in SESSIONS:
        try:
            found.append(view.check(session))
        except DaypassError as error:
            found.append((type(error), error.detail))
    return found


def _begun() -> tuple[RevocationView, ManualClock]:
    clock = ManualClock()
    view = RevocationView(clock=clock, lease=LEASE)
    view.begin("log-1")
    view.renew(clock.monotonic())
    return view, clock


@given(steps=STEPS)
def test_memory_agrees(steps: list[Step]) -> None:
    """Whatever happens to the log, nobody is let pass by memory alone."""
    view, clock = _begun()

    for number, step in enumerate(steps, start=1):
        _outcomes(view)
        step(view, clock)
        fresh, its_clock = _begun()
        for earlier in steps[:number]:
            earlier(fresh, its_clock)
        assert _outcomes(fresh) == _outcomes(view)


def test_revoked_after_it_passed() -> None:
    """A session that passed before does not pass once it is revoked."""
    view, clock = _begun()
    before = view.check(SESSIONS[0])

    _apply((RevocationScope.PRINCIPAL, ROLE))(view, clock)

    assert Epoch("log-1", 0) == before
    assert "session_revoked" in str(_outcomes(view)[0])


def test_equal_session_is_looked_at_by_itself() -> None:
    """What is remembered of a session is not said of another of its name."""
    view, clock = _begun()
    _apply((RevocationScope.ACCOUNT, ACCOUNT))(view, clock)
    later = replace(SESSIONS[0], epoch=Epoch("log-1", 1))
    view.check(later)

    assert "session_revoked" in str(_outcomes(view)[0])
