//! Which keys there are, and how old that knowledge is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::keys::VerifyingKey;
use crate::api::keyring::v1::Jwk;
use crate::clock::locked;
use crate::error::{CallError, CannotVouchError, Error};

// A hundred keys of the longest kind are under 128 KiB.
const KEYS_MAX: usize = 100;
// A key set is asked for at most so often because of keys that it does not have.
const UNKNOWN_KEY_COOLDOWN: Duration = Duration::from_secs(10);
/// How long a key set is kept where it does not say, and what it may say.
pub(super) const KEPT: Duration = Duration::from_secs(300);
const KEPT_MIN: Duration = Duration::from_secs(10);
const KEPT_MAX: Duration = Duration::from_secs(3_600);

/// A key set as it came.
pub(super) struct KeySet {
    pub(super) keys: Vec<Jwk>,
    pub(super) max_age: Duration,
}

/// Returns the error of a key set that cannot be had, or cannot be used.
pub(super) fn no_key_set(message: &str) -> Error {
    let message = format!("The key set: {message}");
    CallError::unavailable(
        "KeySetUnavailable",
        &message,
        "Check where it comes from, then ask again.",
    )
    .into()
}

/// Is told of key sets and of the time, which is that of [`crate::boot_time`].
pub(super) struct KeyRing {
    age_max: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    keys: HashMap<String, (Jwk, Option<Arc<VerifyingKey>>)>,
    read_at: Option<Duration>,
    max_age: Option<Duration>,
    version: i64,
    asked_at: Option<Duration>,
}

impl KeyRing {
    pub(super) fn new(age_max: Duration) -> Self {
        Self {
            age_max,
            state: Mutex::default(),
        }
    }

    pub(super) fn get(&self, kid: &str) -> Option<Arc<VerifyingKey>> {
        locked(&self.state)
            .keys
            .get(kid)
            .and_then(|(_, key)| key.clone())
    }

    /// Takes a key set in, in place of the one before; the version 0 is not known, and one
    /// older than the ring that is known is left alone.
    pub(super) fn take(&self, set: KeySet, read_at: Duration, version: i64) -> Result<(), Error> {
        let mut state = locked(&self.state);
        if version > 0 && version < state.version {
            return Ok(());
        }
        if set.keys.len() > KEYS_MAX {
            return Err(no_key_set("it is not to be used"));
        }
        let mut keys = HashMap::new();
        for published in set.keys {
            // Those that are known already are not loaded again.
            let known = state
                .keys
                .get(&published.kid)
                .filter(|(same, _)| *same == published);
            let loaded = match known {
                Some((_, key)) => key.clone(),
                None => VerifyingKey::load(&published).map(Arc::new),
            };
            if keys
                .insert(published.kid.clone(), (published, loaded))
                .is_some()
            {
                return Err(no_key_set("it is not to be used"));
            }
        }
        state.keys = keys;
        state.read_at = state.read_at.max(Some(read_at));
        state.max_age = Some(set.max_age).filter(|age| !age.is_zero());
        state.version = state.version.max(version);
        Ok(())
    }

    /// Tells, once in a cool-down, that a key that is not known may be asked for.
    pub(super) fn may_ask(&self, now: Duration) -> bool {
        let mut state = locked(&self.state);
        if state
            .asked_at
            .is_some_and(|at| now.saturating_sub(at) < UNKNOWN_KEY_COOLDOWN)
        {
            return false;
        }
        state.asked_at = Some(now);
        true
    }

    /// Fails where the set is older than it may be.
    pub(super) fn check(&self, now: Duration) -> Result<(), CannotVouchError> {
        let Some(age) = self.age(now) else {
            let message = "The key set is not known yet.".to_owned();
            return Err(CannotVouchError {
                reason: "keys_unknown",
                message,
                hint: "",
            });
        };
        if age <= self.age_max {
            return Ok(());
        }
        Err(CannotVouchError {
            reason: "keys_stale",
            message: format!(
                "The key set was last read {} s ago, and {} s are allowed.",
                age.as_secs(),
                self.age_max.as_secs()
            ),
            hint: "",
        })
    }

    pub(super) fn age(&self, now: Duration) -> Option<Duration> {
        locked(&self.state).read_at.map(|at| now.saturating_sub(at))
    }

    /// Returns how long to wait before the key set is asked for again.
    pub(super) fn poll_pause(&self) -> Duration {
        clamp(locked(&self.state).max_age.unwrap_or(KEPT)) / 2
    }

    /// Returns the names of the keys, and of those that are not used.
    pub(super) fn names(&self) -> (Vec<String>, Vec<String>) {
        let state = locked(&self.state);
        let (used, ignored): (Vec<_>, Vec<_>) =
            state.keys.iter().partition(|(_, (_, key))| key.is_some());
        let names = |of: Vec<(&String, _)>| of.into_iter().map(|(name, _)| name.clone()).collect();
        (names(used), names(ignored))
    }
}

pub(super) fn clamp(kept: Duration) -> Duration {
    kept.clamp(KEPT_MIN, KEPT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Duration = Duration::from_secs(1_000);
    const SECOND: Duration = Duration::from_secs(1);

    fn named(names: &[&str]) -> KeySet {
        let key = |name: &&str| Jwk {
            kid: (*name).to_owned(),
            kty: "OKP".into(),
            alg: "EdDSA".into(),
            r#use: "sig".into(),
            crv: "Ed25519".into(),
            x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into(),
            ..Jwk::default()
        };
        KeySet {
            keys: names.iter().map(key).collect(),
            max_age: SECOND,
        }
    }

    #[test]
    fn sets_are_taken_whole_or_not_at_all() {
        let ring = KeyRing::new(SECOND);
        assert_eq!("keys_unknown", ring.check(AT).unwrap_err().reason);
        ring.take(named(&["a", "b"]), AT, 2).unwrap();
        let kept = ring.get("a").unwrap();
        assert!(ring.take(named(&["c", "c"]), AT, 3).is_err());
        let many: Vec<String> = (0..=KEYS_MAX).map(|each| each.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(ring.take(named(&many), AT, 3).is_err());
        ring.take(named(&["c"]), AT, 1).unwrap();
        assert!(
            ring.get("a").is_some() && ring.get("c").is_none(),
            "an older ring"
        );
        ring.take(named(&["a"]), AT, 2).unwrap();
        assert!(
            Arc::ptr_eq(&kept, &ring.get("a").unwrap()),
            "it is not loaded again"
        );
        assert!(ring.get("b").is_none());
    }

    #[test]
    fn keys_of_others_are_passed_over() {
        let ring = KeyRing::new(SECOND);
        let mut set = named(&["a", "b"]);
        set.keys[1].alg = "HS256".into();
        ring.take(set, AT, 0).unwrap();
        assert_eq!((vec!["a".to_owned()], vec!["b".to_owned()]), ring.names());
    }

    #[test]
    fn knowledge_grows_old() {
        let ring = KeyRing::new(SECOND);
        ring.take(named(&["a"]), AT, 0).unwrap();
        ring.take(named(&["a"]), AT - SECOND, 0).unwrap();
        assert!(
            ring.check(AT + SECOND).is_ok(),
            "what is older makes nothing older"
        );
        let late = ring.check(AT + SECOND + Duration::from_nanos(1));
        assert_eq!("keys_stale", late.unwrap_err().reason);
    }

    #[test]
    fn unknown_keys_are_asked_for_once_in_a_while() {
        let ring = KeyRing::new(SECOND);
        assert!(ring.may_ask(AT));
        assert!(!ring.may_ask(AT + UNKNOWN_KEY_COOLDOWN - Duration::from_nanos(1)));
        assert!(ring.may_ask(AT + UNKNOWN_KEY_COOLDOWN));
    }
}
