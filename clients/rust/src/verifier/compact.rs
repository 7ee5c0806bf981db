//! The one form of a token.
//!
//! SPEC: RFC 7515 sections 3.1, 4.1 and 7.1; RFC 8725, narrowed.

use base64::prelude::{Engine, BASE64_URL_SAFE_NO_PAD};

use crate::error::Rejection;
use crate::json::{parse_object, Value};

/// A token in the right form, of which nothing is known to be true.
pub(super) struct Unverified<'a> {
    pub(super) algorithm: String,
    pub(super) kid: String,
    pub(super) token_type: String,
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) signing_input: &'a [u8],
}

/// Takes a token apart without believing any of it: three parts, one spelling, a header of
/// three members.
pub(super) fn parse(token: &str) -> Result<Unverified<'_>, Rejection> {
    read(token).ok_or(Rejection::Malformed)
}

fn read(token: &str) -> Option<Unverified<'_>> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        return None;
    };
    if parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let members = parse_object(&decode(header)?).ok()?;
    let text = |name: &str| match members.get(name) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    if members.len() != 3 {
        return None;
    }
    Some(Unverified {
        algorithm: text("alg")?,
        kid: text("kid")?,
        token_type: text("typ")?,
        payload: decode(payload)?,
        signature: decode(signature)?,
        signing_input: &token.as_bytes()[..header.len() + 1 + payload.len()],
    })
}

/// Decodes base64url without padding, in which every value has one spelling.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()
}
