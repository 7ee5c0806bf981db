//! A client of a server.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use prost::Message;

use crate::call_error::hint_of;
use crate::chain::{AskCode, Chain};
use crate::channel;
use crate::clock::{Clock, SystemClock};
use crate::credentials::Credentials;
use crate::error::{CallError, ConfigurationError, Error};
use crate::operation::{Operation, StreamOperation};
use crate::profile::{Beginning, Profile};
use crate::provider::RefreshingCredentials;
use crate::retry::{Budget, Repetition};
use crate::signing::Signer;
use crate::transport::{Stream, Transport, TIMEOUT_DEFAULT, TIMEOUT_MAX};

const STS: &str = "/daypass.api.sts.v1.SecurityTokenService/";
const TOKENS: &str = "/daypass.api.token.v1.TokenService/";
const KEYRING: &str = "/daypass.api.keyring.v1.KeyringService/";

/// Speaks with a server. It is cheap to clone, and tasks share one.
#[derive(Clone)]
pub struct Client {
    transport: Arc<Transport>,
    clock: Arc<dyn Clock>,
    own: Option<Credentials>,
    provider: Option<Arc<RefreshingCredentials>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.transport.target)
            .finish_non_exhaustive()
    }
}

/// Says how a client works.
pub struct ClientBuilder {
    profile: Profile,
    timeout: Duration,
    clock: Arc<dyn Clock>,
    ask_code: Option<AskCode>,
}

impl ClientBuilder {
    /// Says how long one call may take, repetitions included; at most a minute. Without it
    /// that is ten seconds. Who drops a call ends it sooner.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Says what signatures and credentials take the time from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Says whom to ask for the code of a second factor, by its serial number or ARN.
    ///
    /// It is called on a thread that may wait.
    pub fn ask_code(
        mut self,
        ask: impl Fn(&str) -> std::io::Result<String> + Send + Sync + 'static,
    ) -> Self {
        self.ask_code = Some(Arc::new(ask));
        self
    }

    /// Returns the client; it connects when the first call needs that. A runtime of tokio
    /// has to be there.
    pub fn build(self) -> Result<Client, Error> {
        if self.timeout.is_zero() || self.timeout > TIMEOUT_MAX {
            let message = "A timeout is more than 0 and at most 60 seconds.";
            return Err(ConfigurationError::new(message).into());
        }
        let transport = Arc::new(Transport {
            channel: channel::open(&self.profile)?,
            target: self.profile.endpoint.target().to_owned(),
            timeout: self.timeout,
            signer: Signer::new(&self.profile.region, Arc::clone(&self.clock)),
            budget: Budget::new(),
        });
        let own = match &self.profile.beginning {
            Beginning::Credentials(own) => Some(own.clone()),
            _ => None,
        };
        let chain = Chain::of(
            self.profile,
            Arc::clone(&transport),
            Arc::clone(&self.clock),
            self.ask_code,
        );
        let provider =
            chain.map(|chain| Arc::new(RefreshingCredentials::new(chain, Arc::clone(&self.clock))));
        Ok(Client {
            transport,
            clock: self.clock,
            own,
            provider,
        })
    }
}

impl Client {
    /// Returns a client for a profile; it connects when the first call needs that.
    pub fn new(profile: Profile) -> Result<Self, Error> {
        Self::builder(profile).build()
    }

    /// Begins a client for a profile that works in a way of its own.
    pub fn builder(profile: Profile) -> ClientBuilder {
        ClientBuilder {
            profile,
            timeout: TIMEOUT_DEFAULT,
            clock: Arc::new(SystemClock),
            ask_code: None,
        }
    }

    /// Returns what signs calls: of a profile with roles, renewed as needed.
    pub async fn credentials(&self) -> Result<Credentials, Error> {
        if let Some(provider) = &self.provider {
            return provider.credentials().await;
        }
        self.own.clone().ok_or_else(|| {
            ConfigurationError::new("There are no credentials to sign the call with.")
                .hint(hint_of("MissingAuthenticationToken"))
                .into()
        })
    }

    /// Makes a call: signed, with a deadline, and repeated where that helps. It fails with
    /// [`Error::Call`], or with [`Error::Configuration`] where no call was made.
    pub async fn call<R: Operation>(&self, request: &R) -> Result<R::Answer, Error> {
        let with = self.proof(R::METHOD).await?;
        let body = request.encode_to_vec();
        let how = repetition_of(R::METHOD, &body);
        let sent = self
            .transport
            .send(R::METHOD, body.into(), with.as_ref(), how)
            .await;
        self.told(with.as_ref(), sent)
            .and_then(|data| R::Answer::decode(data).map_err(|_| CallError::unreadable().into()))
    }

    /// Opens a call whose answers go on coming. Its proof is over the empty string, and it
    /// is not repeated.
    pub async fn open<R: StreamOperation>(&self, request: &R) -> Result<Stream<R::Answer>, Error> {
        let with = self.proof(R::METHOD).await?;
        let opened = self.transport.open(request, with.as_ref()).await;
        let mut stream = self.told(with.as_ref(), opened)?;
        if let (Some(provider), Some(with)) = (self.provider.clone(), with) {
            stream.discard = Some(Box::new(move || provider.discard(&with)));
        }
        Ok(stream)
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    async fn proof(&self, method: &str) -> Result<Option<Credentials>, Error> {
        if is_unsigned(method) {
            return Ok(None);
        }
        self.credentials().await.map(Some)
    }

    /// Gives up credentials that were revoked, perhaps: the next call gets new ones.
    fn told<T>(&self, with: Option<&Credentials>, found: Result<T, Error>) -> Result<T, Error> {
        if let (Some(provider), Some(with), Err(error)) = (&self.provider, with, &found) {
            if error.is_spent() {
                provider.discard(with);
            }
        }
        found
    }
}

/// Operations whose own request is their proof, or that need none.
fn is_unsigned(method: &str) -> bool {
    match split(method) {
        (STS, name) => matches!(name, "AssumeRoleWithWebIdentity" | "AssumeRoleWithSAML"),
        (KEYRING, name) => name == "GetKeySet",
        _ => false,
    }
}

/// Says when a call may be made again: never with the code of a second factor, which is
/// good for once.
pub(crate) fn repetition_of(method: &str, body: &[u8]) -> Repetition {
    match split(method) {
        (STS, "AssumeRoleWithSAML" | "GetDelegatedAccessToken") | (KEYRING, "RotateKeys") => {
            Repetition::Never
        }
        (STS, name @ ("AssumeRole" | "BatchAssumeRole" | "GetSessionToken")) => {
            if has_code(name, body) {
                Repetition::Never
            } else {
                Repetition::Scarce
            }
        }
        (
            STS,
            "AssumeRoleWithWebIdentity"
            | "AssumeRoot"
            | "GetFederationToken"
            | "GetWebIdentityToken",
        )
        | (TOKENS, "CreateTradeInToken" | "ExchangeToken") => Repetition::Scarce,
        _ => Repetition::Free,
    }
}

/// Tells whether a request carries the code of a second factor; so does what cannot be read.
fn has_code(name: &str, body: &[u8]) -> bool {
    use crate::api::sts::v1::{AssumeRoleRequest, BatchAssumeRoleRequest, GetSessionTokenRequest};
    let is_given = |code: Option<String>| code.is_some_and(|code| !code.is_empty());
    match name {
        "AssumeRole" => AssumeRoleRequest::decode(body).map(|read| is_given(read.token_code)),
        "GetSessionToken" => {
            GetSessionTokenRequest::decode(body).map(|read| is_given(read.token_code))
        }
        _ => BatchAssumeRoleRequest::decode(body).map(|read| {
            read.requests
                .into_iter()
                .any(|each| is_given(each.token_code))
        }),
    }
    .unwrap_or(true)
}

fn split(method: &str) -> (&str, &str) {
    method.split_at(method.rfind('/').map_or(0, |place| place + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::sts::v1::{AssumeRoleRequest, BatchAssumeRoleRequest};

    #[test]
    fn codes_are_good_for_once() {
        let coded = AssumeRoleRequest {
            token_code: Some("123456".into()),
            ..Default::default()
        };
        let plain = AssumeRoleRequest::default();
        for (request, expected) in [(&coded, Repetition::Never), (&plain, Repetition::Scarce)] {
            let batch = BatchAssumeRoleRequest {
                requests: vec![plain.clone(), request.clone()],
            };
            let alone = repetition_of(AssumeRoleRequest::METHOD, &request.encode_to_vec());
            let many = repetition_of(BatchAssumeRoleRequest::METHOD, &batch.encode_to_vec());
            assert_eq!((expected, expected), (alone, many));
        }
    }
}
