//! What signs calls.

use std::time::SystemTime;

use crate::error::ConfigurationError;
use crate::secret::Secret;

// Secrets have forty characters; some services make longer ones.
const SECRET_CHARACTERS_MAX: usize = 1_024;
/// The server takes no longer token, whatever it says.
pub(crate) const SESSION_TOKEN_CHARACTERS_MAX: usize = 8_192;

/// Credentials sign calls. They print without their secrets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credentials {
    /// Names the credentials; it is not a secret.
    pub access_key_id: String,
    /// Signs calls, and is never sent with one.
    pub secret_access_key: Secret,
    /// Travels with each call; long-term credentials have none.
    pub session_token: Option<Secret>,
    /// When they end; absent for never, or where that is not told.
    pub expiration: Option<SystemTime>,
}

impl Credentials {
    /// Returns credentials, without a session token for long-term ones. The error names
    /// the part that cannot be used, and shows nothing of it.
    pub fn new(
        id: &str,
        secret: &str,
        session_token: Option<&str>,
    ) -> Result<Self, ConfigurationError> {
        let is_name = |each: u8| each.is_ascii_alphanumeric() || each == b'_';
        if !(16..=128).contains(&id.len()) || !id.bytes().all(is_name) {
            return Err(ConfigurationError::new(
                "The access key id is not 16 to 128 letters, digits and underscores.",
            ));
        }
        check_secret("secret access key", secret, SECRET_CHARACTERS_MAX)?;
        if let Some(token) = session_token {
            check_secret("session token", token, SESSION_TOKEN_CHARACTERS_MAX)?;
        }
        Ok(Self {
            access_key_id: id.to_owned(),
            secret_access_key: Secret::new(secret),
            session_token: session_token.map(Secret::new),
            expiration: None,
        })
    }
}

fn check_secret(part: &str, text: &str, most: usize) -> Result<(), ConfigurationError> {
    if text.is_empty() || text.len() > most || !text.bytes().all(|each| each.is_ascii_graphic()) {
        return Err(ConfigurationError::new(format!(
            "The {part} is not 1 to {most} printable ASCII characters without blanks."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn print_without_secrets() {
        let secret = "s".repeat(40);
        let found = Credentials::new("AKIAAAAAAAAAAAAAAAAA", &secret, Some("t.t.t")).unwrap();
        let shown = format!("{found:?} {found:#?}");
        assert!(!shown.contains(&secret) && !shown.contains("t.t.t"));
        assert!(shown.contains("AKIAAAAAAAAAAAAAAAAA"));
    }

    #[test]
    fn errors_show_nothing() {
        let wrong = "with a blank";
        let error = Credentials::new("AKIAAAAAAAAAAAAAAAAA", wrong, None).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(wrong));
        assert!(Credentials::new("short", "s", None).is_err());
        assert!(Credentials::new("AKIAAAAAAAAAAAAAAAAA", "s", Some("")).is_err());
    }
}
