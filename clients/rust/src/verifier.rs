//! Verifies tokens by what it knows. No method asks the server for a token.

mod builder;
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

use self::judge::{Judge, Parties};
use self::key_ring::KeySet;
use self::revocations::Revocations;
use crate::client::Client;
use crate::clock::{boot_time, locked};
use crate::error::{Error, Rejection, TokenRejectedError};

pub use self::builder::VerifierBuilder;
pub use self::jwks::JwksUrl;
pub use self::values::{
    ExchangedClaims, IdentityClaims, Party, SessionClaims, Verified, VerifierStatus,
};
pub use crate::json::{Object, Value};

const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// Tells of keys, and perhaps of revocations.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// Tells of both. Its credentials may follow revocations (`daypass:WatchRevocations`).
    Client(Client),
    /// Tells of keys.
    JwksUrl(JwksUrl),
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
        VerifierBuilder::new(source.into())
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
