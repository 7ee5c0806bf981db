//! Endpoints that hand out credentials, and the documents that come from them.

use std::io::Read;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use http::{StatusCode, Uri};
use tonic::Code;

use crate::credentials::{Credentials, SESSION_TOKEN_CHARACTERS_MAX};
use crate::endpoint::is_loopback;
use crate::error::{CallError, ConfigurationError, Error, Kind};
use crate::fetch;
use crate::files::unreadable;
use crate::json::{parse_object, Object, Value};
use crate::secret::Secret;

// What a program prints, or an endpoint answers: a session token and little more.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 65_536;
// A program may ask a server, and that a slow one.
pub(crate) const SOURCE_TIMEOUT: Duration = Duration::from_secs(30);
// Those of the AWS container and pod agents, which are reached in clear.
const LINK_LOCAL: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// An endpoint that hands out credentials, such as the agent's.
#[derive(Clone, Debug)]
pub struct ContainerSource {
    /// Where; in clear only to this machine, or a link-local address of AWS.
    pub url: String,
    /// What it is shown.
    pub authorization: Option<Secret>,
    /// Holds what it is shown, and is read each time.
    pub authorization_file: Option<PathBuf>,
}

impl ContainerSource {
    pub(crate) async fn credentials(&self) -> Result<Credentials, Error> {
        check_url(&self.url)?;
        let authorization = self.authorization()?;
        let answer = fetch::get(fetch::Asked {
            url: &self.url,
            accept: "application/json",
            authorization: authorization.as_ref().map(Secret::reveal),
            ca_bundle: None,
            timeout: SOURCE_TIMEOUT,
            bytes_max: DOCUMENT_BYTES_MAX,
        })
        .await
        .map_err(|_| {
            CallError::unavailable(
                "CredentialSourceUnavailable",
                "The credentials endpoint cannot be asked",
                "Check that it runs, then ask again.",
            )
        })?;
        let status = answer.status;
        let message = format!("The credentials endpoint answers with {}", status.as_u16());
        if status == StatusCode::OK {
            read_document(&answer.data, false)
        } else if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            let reason = "CredentialSourceUnavailable";
            Err(CallError::unavailable(reason, &message, "Ask again later.").into())
        } else {
            Err(CallError::made(
                Kind::Rejected,
                Code::PermissionDenied,
                "CredentialSourceRefused",
                &message,
                "Check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.",
            )
            .into())
        }
    }

    fn authorization(&self) -> Result<Option<Secret>, ConfigurationError> {
        let Some(file) = &self.authorization_file else {
            return self.authorization.clone().map(checked).transpose();
        };
        let mut text = String::new();
        std::fs::File::open(file)
            .and_then(|stream| {
                stream
                    .take(SESSION_TOKEN_CHARACTERS_MAX as u64 + 1)
                    .read_to_string(&mut text)
            })
            .map_err(|error| unreadable("authorization token", file, &error))?;
        if text.len() > SESSION_TOKEN_CHARACTERS_MAX {
            let message = "The authorization token is too long.";
            return Err(ConfigurationError::new(message).file(file));
        }
        checked(Secret::new(text.trim_end_matches(['\r', '\n']))).map(Some)
    }
}

fn checked(secret: Secret) -> Result<Secret, ConfigurationError> {
    if secret
        .reveal()
        .bytes()
        .all(|each| (0x20..=0x7e).contains(&each))
    {
        return Ok(secret);
    }
    Err(ConfigurationError::new(
        "The authorization token is not printable ASCII text.",
    ))
}

/// Checks that credentials may come from a URL.
pub(crate) fn check_url(text: &str) -> Result<(), ConfigurationError> {
    let is_near = |host: &str| is_loopback(host) || LINK_LOCAL.contains(&host);
    if is_safe_url(text, is_near) {
        return Ok(());
    }
    Err(ConfigurationError::new(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL that credentials may come from.",
    )
    .hint("Write https://, or http:// with an address of this machine."))
}

/// Tells whether a URL is one of HTTPS, or of HTTP with a host that is near.
pub(crate) fn is_safe_url(text: &str, is_near: impl Fn(&str) -> bool) -> bool {
    let Ok(url) = Uri::from_str(text) else {
        return false;
    };
    let Some(place) = url.authority() else {
        return false;
    };
    let host = place.host().trim_matches(['[', ']']);
    if host.is_empty() || place.as_str().contains('@') || text.contains('#') {
        return false;
    }
    match url.scheme_str() {
        Some("https") => true,
        Some("http") => is_near(host),
        _ => false,
    }
}

/// Reads what a process has printed, or an endpoint has answered. Nothing of it is shown.
pub(crate) fn read_document(data: &[u8], is_of_process: bool) -> Result<Credentials, Error> {
    let wrong = || not_credentials("it is no JSON of the right members");
    let document = parse_object(data).map_err(|_| wrong())?;
    if is_of_process && document.get("Version") != Some(&Value::Number("1".into())) {
        return Err(not_credentials("its Version is not 1"));
    }
    let token = member(
        &document,
        if is_of_process {
            "SessionToken"
        } else {
            "Token"
        },
    );
    let (id, secret) = (
        member(&document, "AccessKeyId"),
        member(&document, "SecretAccessKey"),
    );
    let (token, id, secret) = (
        token.ok_or_else(wrong)?,
        id.ok_or_else(wrong)?,
        secret.ok_or_else(wrong)?,
    );
    let token = Some(token).filter(|token| !token.is_empty());
    let mut found = Credentials::new(id, secret, token)?;
    found.expiration = match member(&document, "Expiration").ok_or_else(wrong)? {
        "" => None,
        text => Some(read_time(text).ok_or_else(wrong)?),
    };
    Ok(found)
}

/// Returns a member, empty where it is absent; nothing where it is no text.
fn member<'a>(document: &'a Object, name: &str) -> Option<&'a str> {
    match document.get(name) {
        None | Some(Value::Null) => Some(""),
        Some(Value::Text(text)) => Some(text),
        Some(_) => None,
    }
}

fn read_time(text: &str) -> Option<SystemTime> {
    prost_types::Timestamp::from_str(text).ok()?.try_into().ok()
}

pub(crate) fn not_credentials(reason: &str) -> Error {
    ConfigurationError::new(format!(
        "What the source of credentials hands out is no credentials: {reason}."
    ))
    .hint("Check credential_process, or AWS_CONTAINER_CREDENTIALS_FULL_URI.")
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_stays_near() {
        for url in [
            "https://a.example/x",
            "http://127.0.0.1:1/x",
            "http://169.254.170.2/x",
        ] {
            assert!(check_url(url).is_ok(), "{url}");
        }
        for url in [
            "http://a.example/x",
            "https://u@a.example/",
            "file:///etc/passwd",
            "/x",
            "",
        ] {
            assert!(check_url(url).is_err(), "{url}");
        }
    }
}
