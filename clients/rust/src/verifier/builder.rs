//! How a verifier begins.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{timeout_at, Instant};

use super::judge::{Judge, REMEMBERED_MAX};
use super::key_ring::KeyRing;
use super::memory::Memory;
use super::revocations::Revocations;
use super::{following, Known, Source, Verifier, CALL_TIMEOUT};
use crate::clock::{Clock, SystemClock};
use crate::error::{CallError, ConfigurationError, Error};

// Twice what a server allows itself by default, so that a verifier goes on through what a
// server goes on through.
const REVOCATION_AGE_MAX: Duration = Duration::from_secs(10);
// A key set that cannot be renewed serves for so long.
const KEY_SET_AGE_MAX: Duration = Duration::from_secs(3_600);
const KEY_SET_AGE_LIMIT: Duration = Duration::from_secs(24 * 3_600);
// How far the clock of a server may be ahead of ours. It is never added to an end.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);
const CLOCK_TOLERANCE_MAX: Duration = Duration::from_secs(60);

/// Says how a verifier works.
pub struct VerifierBuilder {
    source: Source,
    revocation_age_max: Option<Duration>,
    is_unsafe: bool,
    key_set_age_max: Duration,
    clock_tolerance: Duration,
    ring_id: Option<String>,
    clock: Arc<dyn Clock>,
}

impl VerifierBuilder {
    pub(super) fn new(source: Source) -> Self {
        let is_client = matches!(source, Source::Client(_));
        Self {
            source,
            revocation_age_max: is_client.then_some(REVOCATION_AGE_MAX),
            is_unsafe: false,
            key_set_age_max: KEY_SET_AGE_MAX,
            clock_tolerance: CLOCK_TOLERANCE,
            ring_id: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Says how old the knowledge of revocations may be; ten seconds without it.
    pub fn revocation_age_max(mut self, age: Duration) -> Self {
        self.revocation_age_max = Some(age);
        self
    }

    /// Does not follow revocations: then identity tokens are verified, which cannot be
    /// revoked, and no others.
    pub fn without_revocations(mut self) -> Self {
        self.revocation_age_max = None;
        self
    }

    /// Does not follow revocations, and vouches for sessions and exchanged tokens though
    /// nobody says which were revoked.
    pub fn unsafe_without_revocations(mut self) -> Self {
        (self.revocation_age_max, self.is_unsafe) = (None, true);
        self
    }

    /// Says how old a key set may be that cannot be renewed; an hour without it.
    pub fn key_set_age_max(mut self, age: Duration) -> Self {
        self.key_set_age_max = age;
        self
    }

    /// Says how far the clock of a server may be ahead of ours; five seconds without it. It
    /// is not added to the end of a token.
    pub fn clock_tolerance(mut self, tolerance: Duration) -> Self {
        self.clock_tolerance = tolerance;
        self
    }

    /// Names the deployment whose sessions are taken; without it, any whose keys are in the
    /// set.
    pub fn ring_id(mut self, ring_id: impl Into<String>) -> Self {
        self.ring_id = Some(ring_id.into());
        self
    }

    /// Says what the verifier takes the time from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Returns a verifier that follows what it verifies by, and knows enough. That takes ten
    /// seconds at most.
    pub async fn build(self) -> Result<Verifier, Error> {
        let end = Instant::now() + CALL_TIMEOUT;
        let known = Arc::new(self.known()?);
        let asked = timeout_at(end, known.ask_for_keys()).await;
        asked.map_err(|_| not_ready())??;
        let mut tasks = vec![tokio::spawn(following::follow_keys(Arc::clone(&known)))];
        if known.judge.revocations.is_some() {
            tasks.push(tokio::spawn(following::follow_revocations(Arc::clone(
                &known,
            ))));
        }
        let verifier = Verifier { known, tasks };
        let waited = timeout_at(end, verifier.known.until_ready()).await;
        match waited {
            Ok(told) => told.map(|()| verifier),
            Err(_) => Err(verifier.known.last_error().unwrap_or_else(not_ready)),
        }
    }

    fn known(self) -> Result<Known, Error> {
        let is_wrong = self.key_set_age_max.is_zero()
            || self.key_set_age_max > KEY_SET_AGE_LIMIT
            || self.revocation_age_max.is_some_and(|age| age.is_zero())
            || self.clock_tolerance > CLOCK_TOLERANCE_MAX;
        if is_wrong {
            return Err(ConfigurationError::new("A bound of the verifier makes no sense.").into());
        }
        if let Source::JwksUrl(url) = &self.source {
            url.check()?;
            if self.revocation_age_max.is_some() {
                return Err(
                    ConfigurationError::new("A URL tells nothing of revocations.")
                        .hint("Give a client, or no bound of their age.")
                        .into(),
                );
            }
        }
        let judge = Judge {
            keys: KeyRing::new(self.key_set_age_max),
            revocations: self.revocation_age_max.map(Revocations::new),
            is_unsafe: self.is_unsafe,
            clock: self.clock,
            tolerance: self.clock_tolerance,
            ring_id: self.ring_id,
            sessions: Memory::new(REMEMBERED_MAX),
            exchanged: Memory::new(REMEMBERED_MAX),
            identities: Memory::new(REMEMBERED_MAX),
        };
        Ok(Known {
            source: self.source,
            judge,
            changed: Notify::new(),
            errors: Mutex::default(),
            asking: tokio::sync::Mutex::new(()),
        })
    }
}

fn not_ready() -> Error {
    let message = "The verifier has not heard of keys or revocations in time.";
    CallError::unavailable(
        "VerifierNotReady",
        message,
        "Check that the server runs there.",
    )
    .into()
}
