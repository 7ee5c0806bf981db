//! Where to dial.

use std::net::IpAddr;

use crate::error::ConfigurationError;

/// Where a server listens that was not told otherwise.
pub const DEFAULT_ENDPOINT: &str = "127.0.0.1:50051";

const HINT: &str = "Write host:port, https://host:port, or unix:/path/to/socket; in clear it is \
    http://host:port for this machine and unsafe-plaintext://host:port for others.";

/// Where to dial. Answers may carry a secret access key, so that nothing but this machine is
/// spoken with in clear, unless the scheme has an alarming name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    target: String,
    is_encrypted: bool,
}

impl Endpoint {
    /// Reads an endpoint. Without a scheme it means clear text to this machine and TLS to
    /// others.
    pub fn parse(text: &str) -> Result<Self, ConfigurationError> {
        if text.starts_with("unix:/") {
            return Ok(Self {
                target: text.to_owned(),
                is_encrypted: false,
            });
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let (host, digits) = split_host(rest.strip_suffix('/').unwrap_or(rest));
        let known = matches!(scheme, None | Some("http" | "https" | "unsafe-plaintext"));
        if !known || !is_host(host) {
            return Err(not_to_dial(format!(
                "The endpoint {text:?} is not one to dial."
            )));
        }
        let digits = match (digits, scheme) {
            (None, Some("https")) => "443",
            (digits, _) => digits.unwrap_or_default(),
        };
        let is_number = digits.len() <= 5 && digits.bytes().all(|each| each.is_ascii_digit());
        let port = digits
            .parse::<u16>()
            .ok()
            .filter(|port| is_number && *port > 0);
        let Some(port) = port else {
            let message = format!("The endpoint {text:?} needs a port, 1 to 65535.");
            return Err(not_to_dial(message));
        };
        let is_near = is_loopback(host.trim_matches(['[', ']']));
        if scheme == Some("http") && !is_near {
            return Err(ConfigurationError::new(format!(
                "The endpoint {text:?} would send credentials in clear to another machine."
            ))
            .hint("Use https://, or unsafe-plaintext:// on a network you trust."));
        }
        let is_encrypted = scheme == Some("https") || (scheme.is_none() && !is_near);
        Ok(Self {
            target: format!("{host}:{port}"),
            is_encrypted,
        })
    }

    /// The address, without a scheme.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Whether TLS is spoken.
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            target: DEFAULT_ENDPOINT.to_owned(),
            is_encrypted: false,
        }
    }
}

fn not_to_dial(message: String) -> ConfigurationError {
    ConfigurationError::new(message).hint(HINT)
}

fn split_host(text: &str) -> (&str, Option<&str>) {
    if text.starts_with('[') {
        return match text.find(']') {
            Some(end) if text[end + 1..].is_empty() => (text, None),
            Some(end) => (
                &text[..=end],
                text[end + 1..].strip_prefix(':').or(Some("-")),
            ),
            None => ("", None),
        };
    }
    match text.split_once(':') {
        Some((host, digits)) => (host, Some(digits)),
        None => (text, None),
    }
}

fn is_host(text: &str) -> bool {
    if let Some(inner) = text.strip_prefix('[') {
        let inner = inner.strip_suffix(']').unwrap_or_default();
        return matches!(inner.parse(), Ok(IpAddr::V6(_)));
    }
    let is_good = |each: u8| each.is_ascii_alphanumeric() || b"._-".contains(&each);
    !text.is_empty() && text.bytes().all(is_good)
}

/// Tells whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_stays_here() {
        for (text, expected) in [
            ("127.0.0.1:1", Some(false)),
            ("[::1]:1", Some(false)),
            ("sts.example:1", Some(true)),
            ("https://sts.example", Some(true)),
            ("https://localhost:1/", Some(true)),
            ("unsafe-plaintext://sts.example:1", Some(false)),
            ("unix:/run/daypass.socket", Some(false)),
            ("http://sts.example:1", None),
            ("http://127.0.0.1", None),
            ("ftp://127.0.0.1:1", None),
            ("127.0.0.1:0", None),
            ("127.0.0.1:65536", None),
            ("127.0.0.1:+1", None),
            ("[::1]1:1", None),
            ("user@sts.example:1", None),
            ("", None),
        ] {
            let found = Endpoint::parse(text).ok().map(|found| found.is_encrypted());
            assert_eq!(expected, found, "{text}");
        }
    }
}
