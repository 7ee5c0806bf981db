//! Verifies tokens by what it knows. No method asks the server for a token.

mod claims;
mod compact;
mod exchanged;
mod following;
mod identity;
mod judge;
mod jwks;
mod key_ring;
mod keys;
mod lineage;
mod memory;
mod revocations;
mod session;
mod values;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{timeout_at, Instant};

use self::judge::{Judge, Parties, REMEMBERED_MAX};
use self::key_ring::{KeyRing, KeySet};
use self::memory::Memory;
use self::revocations::Revocations;
use crate::client::Client;
use crate::clock::{boot_time, locked, Clock, SystemClock};
use crate::error::{CallError, ConfigurationError, Error, Rejection, TokenRejectedError};

pub use self::jwks::JwksUrl;
pub use self::values::{
    ExchangedClaims, IdentityClaims, Party, SessionClaims, Verified, VerifierStatus,
};
pub use crate::json::{Object, Value};

const CALL_TIMEOUT: Duration = Duration::from_secs(10);
// Twice what a server allows itself by default, so that a verifier goes on through what a
// server goes on through.
const REVOCATION_AGE_MAX: Duration = Duration::from_secs(10);
// A key set that cannot be renewed serves for so long.
const KEY_SET_AGE_MAX: Duration = Duration::from_secs(3_600);
const KEY_SET_AGE_LIMIT: Duration = Duration::from_secs(24 * 3_600);
// How far the clock of a server may be ahead of ours. It is never added to an end.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);
const CLOCK_TOLERANCE_MAX: Duration = Duration::from_secs(60);

/// Tells of keys, and perhaps of revocations.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// Tells of both. Its credentials may follow revocations (`daypass:WatchRevocations`).
    Client(Client),
    /// Tells of keys.
    JwksUrl(JwksUrl),
}

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

/// What the tasks of a verifier share.
struct Known {
    source: Source,
    judge: Judge,
    /// Is told of each message and each failure, until the verifier is ready.
    changed: Notify,
    errors: Mutex<Errors>,
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Errors {
    keys: Option<Error>,
    revocations: Option<Error>,
}

impl Known {
    async fn ask_for_keys(&self) -> Result<(), Error> {
        let asked_at = boot_time();
        let found = following::fetch_keys(&self.source).await?;
        self.take_keys(found, asked_at, 0)
    }

    fn take_keys(&self, set: KeySet, read_at: Duration, version: i64) -> Result<(), Error> {
        self.judge.keys.take(set, read_at, version)?;
        locked(&self.errors).keys = None;
        self.changed.notify_one();
        Ok(())
    }

    fn keys_failed(&self, error: Error) {
        locked(&self.errors).keys = Some(error);
        self.changed.notify_one();
    }

    /// Asks for the key set, unless that was done of late. Whoever comes while somebody asks
    /// waits for that answer, and asks nothing.
    async fn asked_for_key(&self) -> bool {
        let _asking = self.asking.lock().await;
        if !self.judge.keys.may_ask(boot_time()) {
            return true;
        }
        match self.ask_for_keys().await {
            Ok(()) => true,
            Err(error) => {
                self.keys_failed(error);
                false
            }
        }
    }

    async fn until_ready(&self) -> Result<(), Error> {
        while !self.is_ready() {
            self.changed.notified().await;
            match self.last_error() {
                Some(error) if error.is_refusal() && !self.is_ready() => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    fn is_ready(&self) -> bool {
        let is_told = |known: &Revocations| known.age(boot_time()).is_ok();
        !self.judge.keys.names().0.is_empty() && self.judge.revocations.as_ref().is_none_or(is_told)
    }

    fn last_error(&self) -> Option<Error> {
        let errors = locked(&self.errors);
        errors.revocations.clone().or_else(|| errors.keys.clone())
    }
}

/// Verifies tokens by what it knows. Tasks share one; it follows until it is dropped.
///
/// Only a key that is not known is asked for, and once in ten seconds at most.
pub struct Verifier {
    known: Arc<Known>,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Verifier {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl From<Client> for Source {
    fn from(client: Client) -> Self {
        Self::Client(client)
    }
}

impl From<JwksUrl> for Source {
    fn from(url: JwksUrl) -> Self {
        Self::JwksUrl(url)
    }
}

impl Verifier {
    /// Returns a verifier of all kinds of tokens, by the keys and revocations that a client
    /// tells of.
    pub async fn follow(client: Client) -> Result<Self, Error> {
        Self::builder(client).build().await
    }

    /// Begins a verifier that works in a way of its own. By a client it follows revocations,
    /// by a URL it does not.
    pub fn builder(source: impl Into<Source>) -> VerifierBuilder {
        let source = source.into();
        let is_client = matches!(source, Source::Client(_));
        VerifierBuilder {
            source,
            revocation_age_max: is_client.then_some(REVOCATION_AGE_MAX),
            is_unsafe: false,
            key_set_age_max: KEY_SET_AGE_MAX,
            clock_tolerance: CLOCK_TOLERANCE,
            ring_id: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// Returns what a good session token says. It fails with [`Error::TokenRejected`] where
    /// the token is not good, and with [`Error::CannotVouch`] where too little is known, or
    /// it is too old.
    pub async fn session(&self, token: &str) -> Result<Verified<SessionClaims>, Error> {
        self.judged(|judge| judge.session(token)).await
    }

    /// Returns what a good token says that came of an exchange, of an issuer, to the letter,
    /// and for an audience: who we are. It fails as [`Verifier::session`] does.
    pub async fn exchanged(
        &self,
        token: &str,
        issuer: &str,
        audience: &str,
    ) -> Result<Verified<ExchangedClaims>, Error> {
        self.judged(|judge| judge.exchanged(token, &Parties { issuer, audience }))
            .await
    }

    /// Returns what a good identity token says, of the issuer of an account, to the letter,
    /// and for an audience: who we are. It fails as [`Verifier::session`] does.
    pub async fn identity(
        &self,
        token: &str,
        issuer: &str,
        audience: &str,
    ) -> Result<Verified<IdentityClaims>, Error> {
        self.judged(|judge| judge.identity(token, &Parties { issuer, audience }))
            .await
    }

    /// Judges, and once more where a key was not known and has been asked for.
    async fn judged<C>(
        &self,
        judge: impl Fn(&Judge) -> Result<Verified<C>, Error>,
    ) -> Result<Verified<C>, Error> {
        let unknown = |error: &Error| {
            matches!(
                error,
                Error::TokenRejected(TokenRejectedError {
                    reason: Rejection::UnknownKey
                })
            )
        };
        match judge(&self.known.judge) {
            Err(error) if unknown(&error) && self.known.asked_for_key().await => {
                judge(&self.known.judge)
            }
            judged => judged,
        }
    }

    /// Returns how the verifier fares.
    pub fn status(&self) -> VerifierStatus {
        let (judge, now) = (&self.known.judge, boot_time());
        let (key_ids, ignored_key_ids) = judge.keys.names();
        let revocations = judge.revocations.as_ref();
        VerifierStatus {
            key_ids,
            ignored_key_ids,
            key_set_age: judge.keys.age(now),
            revocation_age: revocations.and_then(|known| known.known_age(now)),
            revocations: revocations.map_or(0, Revocations::count),
            last_error: self.known.last_error(),
        }
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
