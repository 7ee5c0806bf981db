//! When a call is made again.

use std::sync::Mutex;
use std::time::Duration;

use ring::rand::SecureRandom;
use tonic::Code;

use crate::clock::locked;
use crate::error::CallError;
use crate::signing::hex;

// One call and four repetitions: with the pauses below that is under a second.
const ATTEMPTS_MAX: u32 = 5;
// In place of a worker that has just ended another one answers at once.
const PAUSE_FIRST: f64 = 0.01;
const PAUSE_MIN: f64 = 0.1;
const PAUSE_MAX: f64 = 1.0;
const SPREAD: f64 = 0.2;
const BUDGET: f64 = 10.0;
const PER_SUCCESS: f64 = 0.1;

/// When a call may be made again after a failure that may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// Whenever the server is away, or busy and says when to come back.
    Free,
    /// Only when it is away: the call issues something new each time.
    Scarce,
    /// Never: the call carries a proof that is good for once.
    Never,
}

/// What the calls of one client may spend on repetitions together. Where half of them fail
/// nothing is repeated, so that clients do not hold down a server that struggles; ten good
/// calls earn one back.
pub(crate) struct Budget(Mutex<f64>);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(BUDGET))
    }

    pub(crate) fn succeeded(&self) {
        let mut tokens = locked(&self.0);
        *tokens = (*tokens + PER_SUCCESS).min(BUDGET);
    }

    /// Takes note of a failure, and says whether there is enough left.
    fn failed(&self) -> bool {
        let mut tokens = locked(&self.0);
        *tokens = (*tokens - 1.0).max(0.0);
        *tokens > BUDGET / 2.0
    }
}

/// Returns how long to pause before the next attempt; nothing where there is to be none.
pub(crate) fn pause_after(
    failed: &CallError,
    failures: u32,
    how: Repetition,
    budget: &Budget,
) -> Option<Duration> {
    if !may_pass(failed, how) || !budget.failed() || failures >= ATTEMPTS_MAX {
        return None;
    }
    if failed.retry_delay.is_some() {
        return failed.retry_delay;
    }
    let pause = match failures {
        0 | 1 => PAUSE_FIRST,
        more => (PAUSE_MIN * f64::from(1 << (more - 2))).min(PAUSE_MAX),
    };
    Some(Duration::from_secs_f64(
        pause * (1.0 + SPREAD * (2.0 * share() - 1.0)),
    ))
}

/// NOTE: without a time to come back, `RESOURCE_EXHAUSTED` is of gRPC itself or of a proxy,
/// for a message that will be too large each time.
fn may_pass(failed: &CallError, how: Repetition) -> bool {
    match (how, failed.code) {
        (Repetition::Never, _) => false,
        (_, Code::Unavailable) => true,
        (Repetition::Free, Code::ResourceExhausted) => failed.retry_delay.is_some(),
        _ => false,
    }
}

/// Draws a number from 0 up to 1.
pub(crate) fn share() -> f64 {
    (u64::from_be_bytes(draw()) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Draws a name of 32 characters.
pub(crate) fn draw_id() -> String {
    hex(&draw::<16>())
}

fn draw<const SIZE: usize>() -> [u8; SIZE] {
    let mut drawn = [0; SIZE];
    ring::rand::SystemRandom::new()
        .fill(&mut drawn)
        .expect("the machine has randomness");
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn failure(code: Code, delay: Option<Duration>) -> CallError {
        CallError {
            retry_delay: delay,
            ..CallError::made(Kind::Unavailable, code, "R", "m", "")
        }
    }

    #[test]
    fn what_is_made_again() {
        let delay = Some(Duration::from_secs(1));
        for (code, delay, how, expected) in [
            (Code::Unavailable, None, Repetition::Free, true),
            (Code::Unavailable, None, Repetition::Scarce, true),
            (Code::Unavailable, None, Repetition::Never, false),
            (Code::ResourceExhausted, delay, Repetition::Free, true),
            (Code::ResourceExhausted, delay, Repetition::Scarce, false),
            (Code::ResourceExhausted, None, Repetition::Free, false),
            (Code::PermissionDenied, delay, Repetition::Free, false),
            (Code::Internal, delay, Repetition::Free, false),
        ] {
            let pause = pause_after(&failure(code, delay), 1, how, &Budget::new());
            assert_eq!(expected, pause.is_some(), "{code:?} {how:?}");
        }
    }

    #[test]
    fn pauses_grow_after_a_short_one() {
        let away = failure(Code::Unavailable, None);
        for (failures, expected) in [(1, 0.01), (2, 0.1), (3, 0.2), (4, 0.4)] {
            let pause = pause_after(&away, failures, Repetition::Free, &Budget::new())
                .expect("it is made again")
                .as_secs_f64();
            assert!(
                (0.79 * expected..1.21 * expected).contains(&pause),
                "{failures}: {pause}"
            );
        }
    }

    #[test]
    fn repetitions_are_bounded() {
        let away = failure(Code::Unavailable, None);
        assert!(pause_after(&away, 4, Repetition::Free, &Budget::new()).is_some());
        assert!(pause_after(&away, 5, Repetition::Free, &Budget::new()).is_none());
        let spent = Budget::new();
        let made = (0..20).filter(|_| pause_after(&away, 1, Repetition::Free, &spent).is_some());
        assert_eq!(4, made.count());
    }
}
