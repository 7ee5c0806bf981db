//! The roles of a profile, assumed one after the other.

use std::future::Future;
use std::io::{Error as IoError, Read};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use prost::Message;

use crate::api::sts::v1::AssumeRoleWithWebIdentityRequest;
use crate::client::repetition_of;
use crate::clock::{locked, Clock};
use crate::credentials::Credentials;
use crate::error::{CallError, ConfigurationError, Error};
use crate::files::unreadable;
use crate::operation::Operation;
use crate::operations::{issued, session_name, whole_seconds, RoleRequest};
use crate::profile::{Beginning, Profile, WebIdentitySource};
use crate::provider::{renew_time, Obtain};
use crate::transport::Transport;

/// Asks for the code that a second factor shows.
pub(crate) type AskCode = Arc<dyn Fn(&str) -> std::io::Result<String> + Send + Sync>;

// Tokens of identity providers; the server takes no longer ones.
const IDENTITY_TOKEN_CHARACTERS_MAX: usize = 20_000;

/// Assumes the roles of a profile. It keeps the credentials of the roles on the way; those
/// of the last are the provider's. One call at a time.
pub(crate) struct Chain {
    transport: Arc<Transport>,
    clock: Arc<dyn Clock>,
    beginning: Beginning,
    roles: Vec<RoleRequest>,
    /// Of the beginning and of each role but the last.
    held: Mutex<Vec<Option<Held>>>,
    ask_code: Option<AskCode>,
}

#[derive(Clone)]
struct Held {
    credentials: Credentials,
    renew: Option<SystemTime>,
}

impl Obtain for Chain {
    fn obtain(&self) -> Pin<Box<dyn Future<Output = Result<Credentials, Error>> + Send + '_>> {
        Box::pin(self.walk())
    }
}

impl Chain {
    /// Returns nothing where a profile leads through no roles, and needs no renewal.
    pub(crate) fn of(
        profile: Profile,
        transport: Arc<Transport>,
        clock: Arc<dyn Clock>,
        ask_code: Option<AskCode>,
    ) -> Option<Self> {
        let (beginning, roles) = (profile.beginning, profile.roles);
        match beginning {
            Beginning::Nothing => return None,
            Beginning::Credentials(_) if roles.is_empty() => return None,
            _ => {}
        }
        let held = Mutex::new(vec![None; roles.len()]);
        Some(Self {
            transport,
            clock,
            beginning,
            roles,
            held,
            ask_code,
        })
    }

    /// Returns new credentials of the last role, by the last that still serve.
    async fn walk(&self) -> Result<Credentials, Error> {
        let (mut place, mut with) = match self.last_held() {
            Some((place, held)) => (place, held),
            None => (0, self.begin().await?),
        };
        while let Some(role) = self.roles.get(place) {
            let renew = renew_time(&with, self.clock.now(), 0.0);
            locked(&self.held)[place] = Some(Held {
                credentials: with.clone(),
                renew,
            });
            with = self.assume(role, &with).await.inspect_err(|error| {
                if error.is_spent() {
                    locked(&self.held).fill(None);
                }
            })?;
            place += 1;
        }
        Ok(with)
    }

    /// Returns the last role on the way whose credentials still serve; those of the
    /// beginning have the place 0.
    fn last_held(&self) -> Option<(usize, Credentials)> {
        let now = self.clock.now();
        let held = locked(&self.held);
        let serves = |each: &Held| each.renew.is_none_or(|renew| renew > now);
        held.iter().enumerate().rev().find_map(|(place, each)| {
            each.as_ref()
                .filter(|each| serves(each))
                .map(|each| (place, each.credentials.clone()))
        })
    }

    async fn begin(&self) -> Result<Credentials, Error> {
        match &self.beginning {
            Beginning::Nothing => Err(ConfigurationError::new("There are no credentials.").into()),
            Beginning::Credentials(own) => Ok(own.clone()),
            Beginning::WebIdentity(source) => self.assume_by_token(source).await,
            Beginning::Process(source) => source.credentials().await,
            Beginning::Container(source) => source.credentials().await,
        }
    }

    async fn assume(&self, role: &RoleRequest, with: &Credentials) -> Result<Credentials, Error> {
        let mut message = role.message(self.clock.now());
        if let (Some(serial), None) = (&role.serial_number, &role.token_code) {
            message.token_code = Some(self.code(serial).await?);
        }
        let answer = self.exchange(&message, Some(with)).await?;
        issued(answer.credentials)
    }

    async fn code(&self, serial: &str) -> Result<String, Error> {
        let Some(ask) = self.ask_code.clone() else {
            return Err(ConfigurationError::new(format!(
                "The role asks for a code of the second factor {serial}, and there is nobody to ask."
            ))
            .hint("Give the client ask_code.")
            .into());
        };
        let asked = serial.to_owned();
        let answer = tokio::task::spawn_blocking(move || ask(&asked)).await;
        answer
            .map_err(IoError::other)
            .and_then(|answer| answer)
            .map_err(|error| {
                ConfigurationError::new(format!("There is no code of the second factor: {error}."))
                    .into()
            })
    }

    async fn assume_by_token(&self, source: &WebIdentitySource) -> Result<Credentials, Error> {
        let request = AssumeRoleWithWebIdentityRequest {
            role_arn: source.role_arn.clone(),
            role_session_name: session_name(source.session_name.as_deref(), self.clock.now()),
            web_identity_token: read_token(&source.token_file)?,
            duration_seconds: whole_seconds(source.duration),
            ..AssumeRoleWithWebIdentityRequest::default()
        };
        let answer = self.exchange(&request, None).await?;
        issued(answer.credentials)
    }

    async fn exchange<R: Operation>(
        &self,
        request: &R,
        with: Option<&Credentials>,
    ) -> Result<R::Answer, Error> {
        let body = request.encode_to_vec();
        let how = repetition_of(R::METHOD, &body);
        let data = self
            .transport
            .send(R::METHOD, body.into(), with, how)
            .await?;
        R::Answer::decode(data).map_err(|_| CallError::unreadable().into())
    }
}

fn read_token(file: &Path) -> Result<String, ConfigurationError> {
    let mut data = Vec::new();
    std::fs::File::open(file)
        .and_then(|stream| {
            stream
                .take(IDENTITY_TOKEN_CHARACTERS_MAX as u64 + 1)
                .read_to_end(&mut data)
        })
        .map_err(|error| unreadable("token", file, &error))?;
    match String::from_utf8(data) {
        Ok(text) if !text.is_ascii() => Err("The token is not ASCII text.".to_owned()),
        Err(_) => Err("The token is not ASCII text.".to_owned()),
        Ok(text) if text.trim().is_empty() || text.len() > IDENTITY_TOKEN_CHARACTERS_MAX => {
            Err(format!(
            "The file does not hold a token of at most {IDENTITY_TOKEN_CHARACTERS_MAX} characters."
        ))
        }
        Ok(text) => Ok(text),
    }
    .map_err(|message| ConfigurationError::new(message).file(file))
}
