"""Which failures are tried again, and after which pause."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass_client.errors import CallError, Failure
from daypass_client.retries import Attempts, Repetition, RetryBudget
from support.world import ManualClock

SOON = timedelta(milliseconds=20)


def failed(code: str, retry_delay: timedelta | None = None) -> CallError:
    """Returns the failure of a call."""
    return CallError(Failure(code, code, "no", retry_delay=retry_delay))


def answered_before(said: str = "true") -> CallError:
    """Returns the refusal of a call whose answer cannot be given again."""
    code, reason = "UNAUTHENTICATED", "SignatureDoesNotMatch"
    return CallError(Failure(code, reason, "no", {"sign_anew": said}))


def attempts(
    repetition: Repetition = Repetition.FREE,
    *,
    budget: RetryBudget | None = None,
    timeout: float = 10.0,
    share: float = 0.5,
    clock: ManualClock | None = None,
) -> Attempts:
    """Returns the attempts of a call that begins now."""
    return Attempts(
        repetition,
        budget=budget or RetryBudget(),
        timeout=timeout,
        monotonic=(clock or ManualClock()).monotonic,
        share=lambda: share,
    )


@pytest.mark.parametrize("repetition", list(Repetition))
@pytest.mark.parametrize(
    "code", ["PERMISSION_DENIED", "INTERNAL", "DEADLINE_EXCEEDED", "UNKNOWN"]
)
def test_lasting_failure_is_final(repetition: Repetition, code: str) -> None:
    """A refusal, a defect and a deadline are not tried again."""
    assert attempts(repetition).pause_after(failed(code)) is None


@pytest.mark.parametrize(
    ("repetition", "code", "delay", "again"),
    [
        (Repetition.FREE, "UNAVAILABLE", None, True),
        (Repetition.SCARCE, "UNAVAILABLE", None, True),
        (Repetition.NONE, "UNAVAILABLE", None, False),
        (Repetition.FREE, "RESOURCE_EXHAUSTED", SOON, True),
        (Repetition.FREE, "RESOURCE_EXHAUSTED", None, False),
        (Repetition.SCARCE, "RESOURCE_EXHAUSTED", SOON, False),
        (Repetition.NONE, "RESOURCE_EXHAUSTED", SOON, False),
    ],
)
def test_call_decides_what_is_tried_again(
    repetition: Repetition, code: str, delay: timedelta | None, *, again: bool
) -> None:
    """What issues is not tried again for its rate, what is spent not at all."""
    pause = attempts(repetition).pause_after(failed(code, delay))

    assert again == (pause is not None)


def test_pauses_grow() -> None:
    """After a short one pauses double, and the fifth failure is the last."""
    call = attempts()

    pauses = [call.pause_after(failed("UNAVAILABLE")) for _ in range(5)]

    assert [pytest.approx(each) for each in (0.01, 0.1, 0.2, 0.4)] == pauses[:4]
    assert pauses[4] is None


@given(st.floats(0, 1, exclude_max=True))
def test_pauses_are_spread(share: float) -> None:
    """Chance makes a pause up to a fifth shorter or longer."""
    call = attempts(share=share)

    first, second = (call.pause_after(failed("UNAVAILABLE")) for _ in range(2))

    assert first is not None
    assert second is not None
    assert 0.008 <= first <= 0.012
    assert 0.08 <= second <= 0.12


def test_server_says_when_to_come_back() -> None:
    """The pause is the one that the server asks for."""
    assert 0.02 == attempts().pause_after(failed("UNAVAILABLE", SOON))


@pytest.mark.parametrize(("timeout", "again"), [(0.021, True), (0.02, False)])
def test_pause_beyond_the_deadline_is_not_made(timeout: float, *, again: bool) -> None:
    """Where nothing is left after the pause, the failure is told at once."""
    pause = attempts(timeout=timeout).pause_after(failed("UNAVAILABLE", SOON))

    assert again == (pause is not None)


def test_attempts_share_a_deadline() -> None:
    """What one attempt has taken the next one has not."""
    clock = ManualClock()
    call = attempts(clock=clock)

    clock.advance(timedelta(seconds=4))
    left = call.seconds_left
    clock.advance(timedelta(seconds=7))

    assert (6, 0) == (left, call.seconds_left)


@pytest.mark.parametrize(
    ("repetition", "anew"),
    [
        (Repetition.FREE, True),
        (Repetition.SCARCE, True),
        (Repetition.NONE, False),
    ],
)
def test_call_is_signed_anew_once(repetition: Repetition, *, anew: bool) -> None:
    """What may be made again is signed anew once where the server asks for that."""
    call = attempts(repetition)

    asked = [call.sign_anew_after(answered_before()) for _ in range(2)]

    assert [anew, False] == asked


def test_refusal_that_does_not_ask_is_final() -> None:
    """Without the word of the server nothing is signed anew."""
    call = attempts()

    assert not call.sign_anew_after(failed("UNAUTHENTICATED"))
    assert not call.sign_anew_after(answered_before("false"))
    assert call.sign_anew_after(answered_before())


def test_nothing_is_signed_after_the_deadline() -> None:
    """A call that has no time left is not signed anew."""
    clock = ManualClock()
    call = attempts(timeout=1, clock=clock)

    clock.advance(timedelta(seconds=1))

    assert not call.sign_anew_after(answered_before())


def test_signing_anew_spends_nothing() -> None:
    """A call that was signed anew has as many attempts as before."""
    call = attempts()

    call.pause_after(failed("UNAVAILABLE"))
    call.sign_anew_after(answered_before())
    left = [call.pause_after(failed("UNAVAILABLE")) for _ in range(4)]

    assert [False, False, False, True] == [each is None for each in left]


def test_budget_bounds_repetitions() -> None:
    """Where half of ten calls have failed none is repeated, until some succeed."""
    budget = RetryBudget()

    repeated = [budget.failed() for _ in range(6)]
    for _ in range(21):
        budget.succeeded()

    assert [True] * 4 + [False] * 2 == repeated
    assert budget.failed()
