//! The commands of the protocol.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::prelude::{Engine, BASE64_STANDARD};
use daypass::verifier::{JwksUrl, Source, Verified, Verifier};
use daypass::{
    Beginning, Client, Clock, Credentials, Endpoint, Error, Profile, RoleRequest, Signer,
    WebIdentitySource,
};
use prost_types::Timestamp;
use serde_json::{json, Value};
use tokio::task::JoinSet;

const COMMANDS: [&str; 9] = [
    "hello",
    "sign",
    "clock",
    "open",
    "call",
    "credentials",
    "follow",
    "verify",
    "close",
];
const PROOFS: [&str; 4] = ["long_term", "temporary", "web_identity", "none"];

/// Shows what it is set to.
struct StandingClock(Mutex<SystemTime>);

impl Clock for StandingClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().expect("nobody panics with it")
    }
}

/// What the lines have made, by name.
#[derive(Default)]
pub(crate) struct Program {
    clocks: HashMap<String, Arc<StandingClock>>,
    clients: HashMap<String, Client>,
    verifiers: HashMap<String, Verifier>,
}

impl Program {
    /// Does what a line says; nothing where that is not known.
    pub(crate) async fn command(&mut self, asked: &Value) -> Option<Result<Value, Error>> {
        Some(match text(&asked["do"]) {
            "hello" => Ok(json!({
                "client": "rust", "version": daypass::VERSION,
                "commands": COMMANDS, "proofs": PROOFS,
            })),
            "sign" => sign(asked),
            "clock" => self.clock(asked),
            "open" => self.open(asked),
            "call" => self.call(asked).await,
            "credentials" => self.credentials(asked).await,
            "follow" => self.follow(asked).await,
            "verify" => self.verify(asked).await,
            "close" => self.close(asked),
            _ => return None,
        })
    }

    fn clock(&mut self, asked: &Value) -> Result<Value, Error> {
        let set = time(&asked["time"]);
        match self.clocks.get(text(&asked["clock"])) {
            Some(clock) => *clock.0.lock().expect("nobody panics with it") = set,
            None => {
                let clock = Arc::new(StandingClock(Mutex::new(set)));
                self.clocks.insert(text(&asked["clock"]).to_owned(), clock);
            }
        }
        Ok(json!({}))
    }

    fn open(&mut self, asked: &Value) -> Result<Value, Error> {
        let mut profile = Profile {
            endpoint: Endpoint::parse(text(&asked["endpoint"]))?,
            ..Profile::default()
        };
        if let Some(region) = asked["region"].as_str() {
            profile.region = region.to_owned();
        }
        if asked["credentials"].is_object() {
            profile.beginning = Beginning::Credentials(keys(&asked["credentials"])?);
        }
        if asked["web_identity"].is_object() {
            let given = &asked["web_identity"];
            profile.beginning = Beginning::WebIdentity(WebIdentitySource {
                role_arn: text(&given["role_arn"]).to_owned(),
                token_file: text(&given["token_file"]).into(),
                session_name: given["session_name"].as_str().map(str::to_owned),
                duration: None,
            });
        }
        let roles = asked["roles"].as_array().into_iter().flatten();
        profile.roles = roles
            .map(|role| RoleRequest::new(text(&role["role_arn"])))
            .collect();
        let mut builder = Client::builder(profile);
        if let Some(timeout) = asked["timeout_ms"].as_u64() {
            builder = builder.timeout(Duration::from_millis(timeout));
        }
        if let Some(clock) = self.clocks.get(text(&asked["clock"])) {
            builder = builder.clock(Arc::<StandingClock>::clone(clock));
        }
        self.clients
            .insert(text(&asked["client"]).to_owned(), builder.build()?);
        Ok(json!({}))
    }

    async fn call(&self, asked: &Value) -> Result<Value, Error> {
        let (client, given) = (self.client(asked), &asked["request"]);
        match text(&asked["operation"]) {
            "GetCallerIdentity" => Ok(json!({"arn": client.get_caller_identity().await?.arn})),
            "AssumeRole" => {
                let mut role = RoleRequest::new(text(&given["role_arn"]));
                role.session_name = given["session_name"].as_str().map(str::to_owned);
                Ok(issued(&client.assume_role(&role).await?.credentials))
            }
            "RevokeSessions" => {
                let found = client
                    .revoke_session(text(&given["access_key_id"]), "")
                    .await?;
                Ok(json!({"effective_everywhere": found.effective_everywhere}))
            }
            "VerifyToken" => {
                let found = client.verify_token(text(&given["token"])).await?;
                Ok(json!({"access_key_id": found.access_key_id}))
            }
            other => panic!("{other} is no operation of the protocol"),
        }
    }

    /// Asks the provider, many callers at once, and counts what they get.
    async fn credentials(&self, asked: &Value) -> Result<Value, Error> {
        let mut callers = JoinSet::new();
        for _ in 0..asked["callers"].as_u64().unwrap_or(1) {
            let client = self.client(asked).clone();
            callers.spawn(async move { client.credentials().await });
        }
        let (mut counted, mut failed) = (BTreeMap::<String, u64>::new(), None);
        for found in callers.join_all().await {
            match found {
                Ok(found) => *counted.entry(found.access_key_id).or_default() += 1,
                Err(error) => failed = Some(error),
            }
        }
        Ok(match failed {
            Some(error) if counted.is_empty() => {
                json!({"access_key_ids": counted, "error": crate::members(&error)})
            }
            _ => json!({"access_key_ids": counted}),
        })
    }

    async fn follow(&mut self, asked: &Value) -> Result<Value, Error> {
        let source = match asked["jwks_url"].as_str() {
            Some(url) => Source::from(JwksUrl::new(url)),
            None => Source::from(self.client(asked).clone()),
        };
        let mut builder = Verifier::builder(source);
        builder = match asked["revocation_age_max_ms"].as_u64() {
            Some(age) => builder.revocation_age_max(Duration::from_millis(age)),
            None => builder.without_revocations(),
        };
        if let Some(clock) = self.clocks.get(text(&asked["clock"])) {
            builder = builder.clock(Arc::<StandingClock>::clone(clock));
        }
        self.verifiers
            .insert(text(&asked["verifier"]).to_owned(), builder.build().await?);
        Ok(json!({}))
    }

    async fn verify(&self, asked: &Value) -> Result<Value, Error> {
        let verifier = &self.verifiers[text(&asked["verifier"])];
        let token = text(&asked["token"]);
        let (issuer, audience) = (text(&asked["issuer"]), text(&asked["audience"]));
        match text(&asked["kind"]) {
            "session" => {
                let found = verifier.session(token).await?;
                Ok(verdict(&found, &found.claims.access_key_id))
            }
            "exchanged" => {
                let found = verifier.exchanged(token, issuer, audience).await?;
                Ok(verdict(&found, &found.claims.token_id))
            }
            _ => {
                let found = verifier.identity(token, issuer, audience).await?;
                Ok(verdict(&found, &found.claims.token_id))
            }
        }
    }

    fn close(&mut self, asked: &Value) -> Result<Value, Error> {
        self.clients.remove(text(&asked["client"]));
        self.verifiers.remove(text(&asked["verifier"]));
        Ok(json!({}))
    }

    fn client(&self, asked: &Value) -> &Client {
        &self.clients[text(&asked["client"])]
    }
}

fn sign(asked: &Value) -> Result<Value, Error> {
    let clock = Arc::new(StandingClock(Mutex::new(time(&asked["time"]))));
    let body = BASE64_STANDARD
        .decode(text(&asked["body"]))
        .expect("a line has base64");
    let metadata = Signer::new(text(&asked["region"]), clock).sign(
        text(&asked["method"]),
        &body,
        &keys(&asked["credentials"])?,
        text(&asked["invocation_id"]),
    );
    Ok(json!({"metadata": metadata}))
}

/// Returns credentials; the protocol passes them on, and shows how they print.
fn issued(found: &Credentials) -> Value {
    let end = Timestamp::from(found.expiration.expect("what is issued ends"));
    let (secret, token) = (&found.secret_access_key, &found.session_token);
    json!({
        "access_key_id": found.access_key_id,
        "secret_access_key": secret.reveal(),
        "session_token": token.as_ref().map(|token| token.reveal()),
        "expiration": end.to_string(),
        "shown": format!("{found:?} {found:#?} {secret} {secret:?} {token:?}"),
    })
}

fn verdict<C>(found: &Verified<C>, names: &str) -> Value {
    json!({"names": names, "age_ms": found.revocation_age.map(|age| age.as_millis() as u64)})
}

fn keys(given: &Value) -> Result<Credentials, Error> {
    let token = given["session_token"].as_str();
    Ok(Credentials::new(
        text(&given["access_key_id"]),
        text(&given["secret_access_key"]),
        token,
    )?)
}

fn time(given: &Value) -> SystemTime {
    let time = Timestamp::from_str(text(given)).expect("a line has RFC 3339");
    time.try_into()
        .expect("it is within the years of this machine")
}

/// Returns text; empty for none.
fn text(given: &Value) -> &str {
    given.as_str().unwrap_or_default()
}
