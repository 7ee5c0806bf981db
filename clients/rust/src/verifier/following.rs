//! Follows what tokens are verified by.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::key_ring::KeySet;
use super::{Known, Source};
use crate::api::keyring::v1::{GetKeySetRequest, WatchKeySetRequest};
use crate::api::session::v1::WatchRevocationsRequest;
use crate::client::Client;
use crate::clock::{boot_time, locked};
use crate::error::Error;
use crate::retry::share;

// A stream that breaks is opened again after a pause, which doubles each time.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
// A server sends a key set every ten seconds; after so long without one this program slept,
// and what waits in the stream is old.
const HEARTBEATS_MISSED: Duration = Duration::from_secs(30);

/// Those before a stream is opened again, longer with each failure.
#[derive(Default)]
struct Pauses(u32);

impl Pauses {
    fn went_well(&mut self) {
        self.0 = 0;
    }

    async fn wait(&mut self) {
        let pause = (PAUSE_MIN * 2_u32.saturating_pow(self.0)).min(PAUSE_MAX);
        self.0 = (self.0 + 1).min(10);
        sleep(pause.mul_f64(0.5 + share() / 2.0)).await;
    }
}

pub(super) async fn fetch_keys(source: &Source) -> Result<KeySet, Error> {
    match source {
        Source::Client(client) => {
            let answer = client.call(&GetKeySetRequest {}).await?;
            Ok(KeySet {
                keys: answer.keys,
                max_age: span(answer.max_age),
            })
        }
        Source::JwksUrl(url) => url.fetch().await,
    }
}

pub(super) async fn follow_keys(known: Arc<Known>) {
    let mut pauses = Pauses::default();
    let mut is_allowed = true;
    loop {
        let read = match &known.source {
            Source::Client(client) if is_allowed => {
                read_key_sets(&known, client, &mut pauses).await
            }
            _ => {
                sleep(known.judge.keys.poll_pause()).await;
                known.ask_for_keys().await
            }
        };
        if let Err(error) = read {
            // Whoever may not follow the key set may ask for it.
            is_allowed = is_allowed && !error.is_refusal();
            known.keys_failed(error);
        }
        pauses.wait().await;
    }
}

async fn read_key_sets(known: &Known, client: &Client, pauses: &mut Pauses) -> Result<(), Error> {
    let opened_at = boot_time();
    let mut stream = client.open(&WatchKeySetRequest {}).await?;
    // Streams end after five minutes.
    while let Some(news) = stream.next().await? {
        pauses.went_well();
        let now = boot_time();
        let age = known.judge.keys.age(now);
        let has_slept = now.saturating_sub(opened_at) > HEARTBEATS_MISSED
            && age.is_none_or(|age| age > HEARTBEATS_MISSED);
        let read_at = if has_slept { opened_at } else { now };
        let set = KeySet {
            keys: news.keys,
            max_age: span(news.max_age),
        };
        known.take_keys(set, read_at, news.version)?;
        if has_slept {
            break;
        }
    }
    Ok(())
}

pub(super) async fn follow_revocations(known: Arc<Known>) {
    let mut pauses = Pauses::default();
    let Source::Client(client) = &known.source else {
        return;
    };
    loop {
        if let Err(error) = read_revocations(&known, client, &mut pauses).await {
            locked(&known.errors).revocations = Some(error);
            known.changed.notify_one();
        }
        pauses.wait().await;
    }
}

/// Follows one stream from where an earlier one has ended. It ends where this program slept
/// for longer than its knowledge may be old: what waits in the stream is then as old as that,
/// whatever it says of itself, and another stream is asked.
async fn read_revocations(
    known: &Known,
    client: &Client,
    pauses: &mut Pauses,
) -> Result<(), Error> {
    let Some(revocations) = &known.judge.revocations else {
        return Ok(());
    };
    let (log_id, sequence) = revocations.place();
    let opened_at = boot_time();
    let mut stream = client
        .open(&WatchRevocationsRequest { log_id, sequence })
        .await?;
    let mut is_first = true;
    while let Some(news) = stream.next().await? {
        let now = boot_time();
        let has_slept = !is_first && revocations.age(now).is_err();
        // NOTE: the first message was sent after the stream was opened, and no other bound of
        // its time is known; where all goes well the rest come at once.
        let sent_at = if is_first || has_slept {
            opened_at
        } else {
            now
        };
        let is_complete = news.complete;
        revocations.take(news, sent_at, known.judge.clock.now())?;
        locked(&known.errors).revocations = None;
        is_first = is_first && !is_complete;
        pauses.went_well();
        known.changed.notify_one();
        if has_slept && is_complete {
            break;
        }
    }
    Ok(())
}

fn span(given: Option<prost_types::Duration>) -> Duration {
    given
        .and_then(|span| span.try_into().ok())
        .unwrap_or_default()
}
