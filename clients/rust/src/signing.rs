//! AWS Signature Version 4 in the metadata of a gRPC call; see docs/signing.md.

use std::sync::Arc;
use std::time::SystemTime;

use ring::{digest, hmac};

use crate::clock::Clock;
use crate::credentials::Credentials;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "sts";
const TERMINATOR: &str = "aws4_request";

/// Signs calls for one region.
#[derive(Clone)]
pub struct Signer {
    region: String,
    clock: Arc<dyn Clock>,
}

impl Signer {
    /// Returns a signer whose signatures name a region, and take their time from a clock.
    pub fn new(region: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self {
            region: region.into(),
            clock,
        }
    }

    /// Returns the metadata that proves a call of a full method, such as
    /// `/daypass.api.sts.v1.SecurityTokenService/AssumeRole`, with the request as it is
    /// sent; that is empty for a call that streams.
    ///
    /// The id of the invocation tells one call from another: without it two equal calls of
    /// one second would have one signature, and the server would take them for one call.
    pub fn sign(
        &self,
        method: &str,
        body: &[u8],
        credentials: &Credentials,
        invocation_id: &str,
    ) -> Vec<(&'static str, String)> {
        let time = compact_time(self.clock.now());
        let payload = hex(digest::digest(&digest::SHA256, body).as_ref());
        // Sorted by name, as they are signed. `host` is not: proxies rewrite it.
        let mut headers = vec![
            ("amz-sdk-invocation-id", invocation_id.to_owned()),
            ("x-amz-content-sha256", payload.clone()),
            ("x-amz-date", time.clone()),
        ];
        if let Some(token) = &credentials.session_token {
            headers.push(("x-amz-security-token", token.reveal().to_owned()));
        }
        let scope = [&time[..8], &self.region, SERVICE, TERMINATOR];
        let names = headers
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(";");
        let request = canonical_request(method, &headers, &names, &payload);
        let digest = hex(digest::digest(&digest::SHA256, request.as_bytes()).as_ref());
        let to_sign = [ALGORITHM, &time, &scope.join("/"), &digest].join("\n");
        let signature = hex(mac(&signing_key(credentials, &scope), &to_sign).as_ref());
        let authorization = format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={names}, Signature={signature}",
            credentials.access_key_id,
            scope.join("/"),
        );
        headers.insert(0, ("authorization", authorization));
        headers
    }
}

/// NOTE: neither path nor values are escaped here: the characters of a method's name are
/// all unreserved, and the values are printable and without blanks.
fn canonical_request(
    method: &str,
    headers: &[(&str, String)],
    names: &str,
    payload: &str,
) -> String {
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    format!("POST\n{method}\n\n{lines}\n{names}\n{payload}")
}

fn signing_key(credentials: &Credentials, scope: &[&str]) -> Vec<u8> {
    let secret = format!("AWS4{}", credentials.secret_access_key.reveal());
    scope.iter().fold(secret.into_bytes(), |key, part| {
        mac(&key, part).as_ref().to_vec()
    })
}

fn mac(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

fn compact_time(time: SystemTime) -> String {
    let seconds = prost_types::Timestamp {
        nanos: 0,
        ..time.into()
    };
    seconds.to_string().replace(['-', ':'], "")
}

pub(crate) fn hex(data: &[u8]) -> String {
    data.iter().map(|each| format!("{each:02x}")).collect()
}
