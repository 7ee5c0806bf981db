//! Credentials that are renewed before they end.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

use crate::clock::{locked, Clock, SteadyClock};
use crate::credentials::Credentials;
use crate::error::{CallError, Error};
use crate::retry::share;

// Credentials are renewed when a quarter of their time is left, or five minutes where that
// is less; by chance up to twice as early, so that programs that started together do not
// ask together.
const REFRESH_MARGIN_MAX: Duration = Duration::from_secs(300);
const REFRESH_MARGIN_DIVISOR: u32 = 4;
// While the service is away it is asked once in this time; by chance up to twice as long.
const REFRESH_PAUSE: Duration = Duration::from_secs(10);

type Outcome = Result<Credentials, Error>;

/// Gets new credentials, with a deadline of its own.
pub trait Obtain: Send + Sync + 'static {
    /// Returns new credentials.
    fn obtain(&self) -> Pin<Box<dyn Future<Output = Outcome> + Send + '_>>;
}

/// The credentials of one identity, renewed before they end. Tasks share one.
///
/// However many ask, one request is made at a time. Who finds that a renewal is due waits
/// for it; the others get what is held, and wait only where that has ended. While the
/// service is away what is held serves to its end, and never longer. A refusal counts at
/// once.
pub struct RefreshingCredentials {
    inner: Arc<Inner>,
}

struct Inner {
    obtain: Box<dyn Obtain>,
    clock: SteadyClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Credentials>,
    renew: Option<SystemTime>,
    request: Option<watch::Receiver<Option<Outcome>>>,
}

impl RefreshingCredentials {
    /// Returns a provider.
    pub fn new(obtain: impl Obtain, clock: Arc<dyn Clock>) -> Self {
        Self {
            inner: Arc::new(Inner {
                obtain: Box::new(obtain),
                clock: SteadyClock::new(clock),
                state: Mutex::default(),
            }),
        }
    }

    /// Returns credentials that have not ended. Who waits no longer drops the future; a
    /// request in flight goes on for the others.
    pub async fn credentials(&self) -> Result<Credentials, Error> {
        let mut request = {
            let mut state = locked(&self.inner.state);
            let now = self.inner.clock.now();
            let is_due = state.renew.is_some_and(|renew| renew <= now);
            let running = state.request.clone().filter(is_running);
            if let Some(alive) = state.alive(now) {
                if !is_due || running.is_some() {
                    return Ok(alive.clone());
                }
            }
            match running {
                Some(running) => running,
                None => {
                    let begun = self.begin();
                    state.request = Some(begun.clone());
                    begun
                }
            }
        };
        let told = request.wait_for(Option::is_some).await;
        match told.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            _ => Err(CallError::unavailable(
                "CredentialSourceUnavailable",
                "The request for credentials was not finished",
                "Ask again.",
            )
            .into()),
        }
    }

    /// Gives up credentials that a server has refused, as revoked ones are. The next caller
    /// asks for new ones.
    pub fn discard(&self, credentials: &Credentials) {
        let mut state = locked(&self.inner.state);
        if state
            .held
            .as_ref()
            .is_some_and(|held| held.access_key_id == credentials.access_key_id)
        {
            (state.held, state.renew) = (None, None);
        }
    }

    /// Begins a request in a task of its own: who gives up must not take the others along.
    fn begin(&self) -> watch::Receiver<Option<Outcome>> {
        let (tell, told) = watch::channel(None);
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            let found = inner.obtain.obtain().await;
            let outcome = inner.take(found);
            tell.send_replace(Some(outcome));
        });
        told
    }
}

/// Tells whether a request goes on: its task may have ended with its runtime.
fn is_running(request: &watch::Receiver<Option<Outcome>>) -> bool {
    request.has_changed().is_ok() && request.borrow().is_none()
}

impl Inner {
    fn take(&self, found: Outcome) -> Outcome {
        let mut state = locked(&self.state);
        state.request = None;
        let error = match found {
            Ok(found) => {
                // They count as good whatever the clock says, so that a clock that is wrong
                // by hours ends in a refusal of the server and not in a loop.
                state.renew = renew_time(&found, self.clock.note(), share());
                state.held = Some(found.clone());
                return Ok(found);
            }
            Err(error) => error,
        };
        let now = self.clock.now();
        if error.is_unavailable() {
            state.renew = Some(now + REFRESH_PAUSE.mul_f64(1.0 + share()));
        } else {
            (state.held, state.renew) = (None, None);
        }
        state.alive(now).cloned().ok_or(error)
    }
}

impl State {
    fn alive(&self, now: SystemTime) -> Option<&Credentials> {
        let is_alive = |held: &&Credentials| held.expiration.is_none_or(|end| end > now);
        self.held.as_ref().filter(is_alive)
    }
}

/// Returns when credentials obtained now are to be replaced; nothing for never.
pub(crate) fn renew_time(found: &Credentials, now: SystemTime, share: f64) -> Option<SystemTime> {
    let end = found.expiration?;
    let left = end.duration_since(now).unwrap_or_default();
    let margin = (left / REFRESH_MARGIN_DIVISOR).min(REFRESH_MARGIN_MAX);
    Some(end - margin.mul_f64(1.0 + share))
}
