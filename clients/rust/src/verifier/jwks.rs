//! Key sets of a URL.
//!
//! SPEC: RFC 7517 sections 4 and 5; RFC 9111 section 5.2.2.1.

use std::path::PathBuf;
use std::time::Duration;

use http::StatusCode;

use super::key_ring::{clamp, no_key_set, KeySet, KEPT};
use crate::api::keyring::v1::Jwk;
use crate::endpoint::is_loopback;
use crate::error::{ConfigurationError, Error};
use crate::fetch;
use crate::json::{parse_object, Value};
use crate::sources::is_safe_url;

const KEY_SET_BYTES_MAX: usize = 131_072;
// What only a private or a symmetric key has: a set that shows one is not to be used.
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The URL of a key set, such as `https://daypass.example/.well-known/jwks.json`. It tells
/// nothing of revocations.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JwksUrl {
    /// Where; `http://` for this machine only.
    pub url: String,
    /// A file of certificates to trust in place of those of this machine.
    pub ca_bundle: Option<PathBuf>,
    /// How long one request may take.
    pub timeout: Duration,
}

impl JwksUrl {
    /// Returns the URL of a key set.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ca_bundle: None,
            timeout: super::CALL_TIMEOUT,
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigurationError> {
        if is_safe_url(&self.url, is_loopback) {
            return Ok(());
        }
        Err(ConfigurationError::new("That is not the URL of a key set.")
            .hint("Write https://host/path; http:// is for this machine only."))
    }

    pub(super) async fn fetch(&self) -> Result<KeySet, Error> {
        let answer = fetch::get(fetch::Asked {
            url: &self.url,
            accept: "application/jwk-set+json, application/json",
            authorization: None,
            ca_bundle: self.ca_bundle.as_deref(),
            timeout: self.timeout,
            bytes_max: KEY_SET_BYTES_MAX,
        })
        .await
        .map_err(|error| no_key_set(&format!("it cannot be had: {error}")))?;
        if answer.status != StatusCode::OK {
            return Err(no_key_set(&format!(
                "the answer is {}",
                answer.status.as_u16()
            )));
        }
        let keys = parse(&answer.data).ok_or_else(|| no_key_set("it is not to be used"))?;
        Ok(KeySet {
            keys,
            max_age: kept(&answer.cache_control),
        })
    }
}

/// Parses a JSON Web Key Set. Keys of other algorithms are left to who uses them.
fn parse(data: &[u8]) -> Option<Vec<Jwk>> {
    match parse_object(data).ok()?.remove("keys")? {
        Value::List(entries) => entries.into_iter().map(parse_key).collect(),
        _ => None,
    }
}

/// Returns how long a key set may be kept, within our bounds.
fn kept(cache_control: &str) -> Duration {
    let said = cache_control
        .split(',')
        .find_map(|each| each.trim().strip_prefix("max-age="));
    let is_number = |text: &&str| text.len() <= 9 && text.bytes().all(|each| each.is_ascii_digit());
    let seconds = said.filter(is_number).and_then(|text| text.parse().ok());
    seconds.map_or(KEPT, |seconds| clamp(Duration::from_secs(seconds)))
}

fn parse_key(value: Value) -> Option<Jwk> {
    let Value::Object(members) = value else {
        return None;
    };
    if SECRET_MEMBERS
        .iter()
        .any(|name| members.contains_key(*name))
    {
        return None;
    }
    let text = |name: &str| match members.get(name) {
        None => Some(String::new()),
        Some(Value::Text(text)) => Some(text.clone()),
        Some(_) => None,
    };
    let mut key = Jwk {
        kid: text("kid")?,
        kty: text("kty")?,
        alg: text("alg")?,
        r#use: text("use")?,
        crv: text("crv")?,
        x: text("x")?,
        y: text("y")?,
        n: text("n")?,
        e: text("e")?,
    };
    match members.get("key_ops") {
        None => {}
        Some(Value::List(operations)) => {
            let verifies = operations.contains(&Value::Text("verify".into()));
            // Otherwise it stays in the set, as a key that nothing is verified with.
            key.r#use = Some(key.r#use).filter(|_| verifies).unwrap_or_default();
        }
        Some(_) => return None,
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_with_secrets_are_refused_whole() {
        let good = r#"{"kid":"a","kty":"OKP","alg":"EdDSA","use":"sig","x":"eA"}"#;
        assert_eq!(
            1,
            parse(format!(r#"{{"keys":[{good}]}}"#).as_bytes())
                .unwrap()
                .len()
        );
        for other in [
            r#"{"kid":"b","d":"x"}"#,
            r#"{"k":1}"#,
            r#"{"kid":1}"#,
            "1",
            r#"{"key_ops":1}"#,
        ] {
            assert!(parse(format!(r#"{{"keys":[{good},{other}]}}"#).as_bytes()).is_none());
        }
        let signing = parse(br#"{"keys":[{"use":"sig","key_ops":["sign"]}]}"#).unwrap();
        assert_eq!("", signing[0].r#use);
    }

    #[test]
    fn what_a_set_says_is_bounded() {
        for (text, seconds) in [
            ("", 300),
            ("public, max-age=60", 60),
            ("max-age=1", 10),
            ("max-age=999999", 3_600),
            ("max-age=-1", 300),
            ("max-age=9999999999", 300),
        ] {
            assert_eq!(Duration::from_secs(seconds), kept(text), "{text}");
        }
    }

    #[test]
    fn urls_are_safe() {
        assert!(JwksUrl::new("https://a.example/jwks").check().is_ok());
        assert!(JwksUrl::new("http://[::1]:1/jwks").check().is_ok());
        for url in [
            "http://a.example/",
            "ftp://a.example/",
            "https://u@a.example/",
            "https://a.example/#x",
        ] {
            assert!(JwksUrl::new(url).check().is_err(), "{url}");
        }
    }
}
