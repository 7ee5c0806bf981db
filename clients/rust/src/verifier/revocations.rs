//! What is known to have ended, and how old that is.
//!
//! SPEC: design 7; decision 0030.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use super::lineage::Origin;
use crate::api::session::v1::revocation::Scope;
use crate::api::session::v1::WatchRevocationsResponse;
use crate::clock::locked;
use crate::error::{CallError, CannotVouchError, Error, Rejection};

// Revocations that have run out are looked for once in this time.
const FORGET_PERIOD: Duration = Duration::from_secs(60);
const HINT: &str = "See status().last_error; following revocations takes \
    daypass:WatchRevocations in an account of the operators.";

/// Is told of messages and of the time, which is that of [`crate::boot_time`].
pub(super) struct Revocations {
    age_max: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    log_id: String,
    sequence: i64,
    entries: HashMap<Scope, HashMap<String, Entry>>,
    newest: i64,
    /// When the log was known to its end.
    read_at: Option<Duration>,
    revoked_keys: HashSet<String>,
    forgotten_at: Duration,
}

struct Entry {
    sequence: i64,
    keep: SystemTime,
}

impl Revocations {
    pub(super) fn new(age_max: Duration) -> Self {
        Self {
            age_max,
            state: Mutex::default(),
        }
    }

    /// Returns the log that is followed, and how far it is known.
    pub(super) fn place(&self) -> (String, i64) {
        let state = locked(&self.state);
        (state.log_id.clone(), state.sequence)
    }

    /// Returns how many revocations are in force.
    pub(super) fn count(&self) -> usize {
        locked(&self.state).entries.values().map(HashMap::len).sum()
    }

    /// Tells whether a key was revoked, in this log or in one before it.
    ///
    /// NOTE: keys are named by their digest, so that a name never comes back.
    pub(super) fn is_revoked_key(&self, kid: &str) -> bool {
        locked(&self.state).revoked_keys.contains(kid)
    }

    /// Returns how old the knowledge is; nothing where there is none.
    pub(super) fn known_age(&self, now: Duration) -> Option<Duration> {
        locked(&self.state).read_at.map(|at| now.saturating_sub(at))
    }

    /// Returns how old the knowledge is, or why it is not to be used.
    pub(super) fn age(&self, now: Duration) -> Result<Duration, CannotVouchError> {
        let Some(age) = self.known_age(now) else {
            let message = "Revocations are not known yet.".to_owned();
            return Err(CannotVouchError {
                reason: "revocations_unknown",
                message,
                hint: HINT,
            });
        };
        if age <= self.age_max {
            return Ok(age);
        }
        Err(CannotVouchError {
            reason: "revocations_stale",
            message: format!(
                "Revocations were last read {:.1} s ago, and {} s are allowed.",
                age.as_secs_f64(),
                self.age_max.as_secs_f64()
            ),
            hint: HINT,
        })
    }

    /// Takes a message in, which was not sent before `sent_at` as far as that is known.
    pub(super) fn take(
        &self,
        news: WatchRevocationsResponse,
        sent_at: Duration,
        now: SystemTime,
    ) -> Result<(), Error> {
        if news.log_id.is_empty() || news.sequence < 0 {
            return Err(not_usable());
        }
        let staleness = match news.staleness {
            Some(span) => Duration::try_from(span).map_err(|_| not_usable())?,
            None => Duration::ZERO,
        };
        let mut state = locked(&self.state);
        if news.restart || news.log_id != state.log_id {
            state.forget_all(news.log_id);
        }
        for each in news.revocations {
            let scope = Scope::try_from(each.scope).unwrap_or(Scope::Unspecified);
            if scope == Scope::Unspecified || each.subject.is_empty() {
                // Nothing is vouched for from then on.
                state.forget_all(String::new());
                return Err(not_usable());
            }
            state.newest = state.newest.max(each.sequence);
            if scope == Scope::Key {
                state.revoked_keys.insert(each.subject.clone());
            }
            let keep = each
                .keep_time
                .and_then(|time| SystemTime::try_from(time).ok());
            let keep = keep.unwrap_or(SystemTime::UNIX_EPOCH);
            let entry = Entry {
                sequence: each.sequence,
                keep,
            };
            state
                .entries
                .entry(scope)
                .or_default()
                .insert(each.subject, entry);
        }
        state.sequence = news.sequence;
        if news.complete {
            state.read_at = state.read_at.max(Some(sent_at.saturating_sub(staleness)));
            state.forget_ended(sent_at, now);
        }
        Ok(())
    }

    /// Fails where a token was revoked, where what was revoked of its time is lost, and where
    /// it was issued after what is known.
    pub(super) fn check(&self, of: &Origin) -> Result<(), Error> {
        let state = locked(&self.state);
        let own = of.own_session.as_ref();
        let is_own = own.is_some_and(|own| state.get(Scope::Session, own).is_some());
        if of.log_id != state.log_id || is_own {
            return Err(Rejection::Revoked.into());
        }
        let ends = |sequence: Option<i64>| sequence.is_some_and(|sequence| sequence > of.sequence);
        // Most tokens are younger than the last revocation.
        if state.newest > of.sequence
            && of
                .names()
                .iter()
                .any(|(scope, subject)| ends(state.get(*scope, subject)))
        {
            return Err(Rejection::Revoked.into());
        }
        if of.sequence > state.sequence {
            return Err(CannotVouchError {
                reason: "revocations_behind",
                message: "The token was issued after what is known of revocations.".to_owned(),
                hint: "Ask again in a second.",
            }
            .into());
        }
        Ok(())
    }
}

impl State {
    fn get(&self, scope: Scope, subject: &str) -> Option<i64> {
        self.entries
            .get(&scope)?
            .get(subject)
            .map(|entry| entry.sequence)
    }

    fn forget_all(&mut self, log_id: String) {
        let revoked_keys = std::mem::take(&mut self.revoked_keys);
        *self = Self {
            log_id,
            revoked_keys,
            forgotten_at: self.forgotten_at,
            ..Self::default()
        };
    }

    fn forget_ended(&mut self, at: Duration, now: SystemTime) {
        if at.saturating_sub(self.forgotten_at) < FORGET_PERIOD {
            return;
        }
        self.forgotten_at = at;
        for entries in self.entries.values_mut() {
            entries.retain(|_, entry| entry.keep > now);
        }
    }
}

fn not_usable() -> Error {
    CallError::unavailable(
        "RevocationsUnavailable",
        "The message names no place in a log, or revokes what is not known here",
        "Check that client and server are of one version.",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::session::v1::Revocation;

    const AT: Duration = Duration::from_secs(1_000);
    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    fn news(sequence: i64, revoked: &[(Scope, &str)]) -> WatchRevocationsResponse {
        let keep = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
        let entry = |(scope, subject): &(Scope, &str)| Revocation {
            sequence,
            scope: *scope as i32,
            subject: (*subject).to_owned(),
            keep_time: Some(keep.into()),
        };
        WatchRevocationsResponse {
            log_id: "log".into(),
            sequence,
            complete: true,
            revocations: revoked.iter().map(entry).collect(),
            ..Default::default()
        }
    }

    fn told(messages: &[WatchRevocationsResponse]) -> Revocations {
        let known = Revocations::new(Duration::from_secs(10));
        for message in messages {
            known.take(message.clone(), AT, NOW).unwrap();
        }
        known
    }

    fn issued_at(sequence: i64) -> Origin {
        Origin {
            log_id: "log".into(),
            sequence,
            own_session: Some("own".into()),
            ancestors: vec!["own".into(), "parent".into()],
            others: vec![(Scope::Principal, "role".into())],
        }
    }

    fn verdict(known: &Revocations, of: &Origin) -> &'static str {
        match known.check(of) {
            Ok(()) => "good",
            Err(Error::TokenRejected(_)) => "revoked",
            Err(Error::CannotVouch(error)) => error.reason,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn tokens_end_by_what_they_came_of() {
        for name in [
            (Scope::Session, "parent"),
            (Scope::Token, "parent"),
            (Scope::Principal, "role"),
        ] {
            let known = told(&[news(5, &[name])]);
            assert_eq!("revoked", verdict(&known, &issued_at(4)), "{name:?}");
            assert_eq!("good", verdict(&known, &issued_at(5)), "{name:?}");
        }
        let known = told(&[news(5, &[(Scope::Session, "own")])]);
        assert_eq!(
            "revoked",
            verdict(&known, &issued_at(5)),
            "whatever its number"
        );
        let known = told(&[news(
            5,
            &[(Scope::Session, "other"), (Scope::Account, "role")],
        )]);
        assert_eq!("good", verdict(&known, &issued_at(4)));
        assert_eq!("revocations_behind", verdict(&known, &issued_at(6)));
        let other = Origin {
            log_id: "before".into(),
            ..issued_at(4)
        };
        assert_eq!("revoked", verdict(&known, &other));
    }

    #[test]
    fn restart_forgets_all_but_keys() {
        let known = told(&[news(5, &[(Scope::Session, "own"), (Scope::Key, "k")])]);
        let restart = WatchRevocationsResponse {
            restart: true,
            ..news(5, &[])
        };
        known.take(restart, AT, NOW).unwrap();
        assert_eq!("good", verdict(&known, &issued_at(4)));
        assert!(known.is_revoked_key("k"));
        assert_eq!(("log".to_owned(), 5), known.place());
    }

    #[test]
    fn unknown_scope_ends_all_vouching() {
        let known = told(&[news(5, &[])]);
        let mut strange = news(6, &[(Scope::Session, "x")]);
        strange.revocations[0].scope = 99;
        assert!(known.take(strange, AT, NOW).is_err());
        assert_eq!("revocations_unknown", known.age(AT).unwrap_err().reason);
        assert_eq!((String::new(), 0), known.place());
    }

    #[test]
    fn knowledge_grows_old() {
        let known = Revocations::new(Duration::from_secs(10));
        assert_eq!("revocations_unknown", known.age(AT).unwrap_err().reason);
        let mut message = news(5, &[]);
        message.complete = false;
        known.take(message.clone(), AT, NOW).unwrap();
        assert!(known.age(AT).is_err(), "the log is not known to its end");
        message.complete = true;
        message.staleness = Some(prost_types::Duration {
            seconds: 3,
            nanos: 0,
        });
        known.take(message.clone(), AT, NOW).unwrap();
        assert_eq!(Duration::from_secs(3), known.age(AT).unwrap());
        assert!(known.age(AT + Duration::from_secs(7)).is_ok());
        let late = known.age(AT + Duration::from_secs(7) + Duration::from_nanos(1));
        assert_eq!("revocations_stale", late.unwrap_err().reason);
        message.staleness = Some(prost_types::Duration {
            seconds: -1,
            nanos: 0,
        });
        assert!(known.take(message, AT, NOW).is_err());
    }

    #[test]
    fn what_has_run_out_is_forgotten() {
        let known = told(&[news(5, &[(Scope::Session, "own")])]);
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(60);
        known
            .take(
                news(5, &[]),
                AT + FORGET_PERIOD,
                end - Duration::from_nanos(1),
            )
            .unwrap();
        assert_eq!(1, known.count());
        known
            .take(news(5, &[]), AT + 2 * FORGET_PERIOD, end)
            .unwrap();
        assert_eq!(0, known.count());
    }
}
