//! Text that does not print.

use std::fmt;
use std::sync::Arc;

/// What stands where a secret would be printed.
pub const REDACTED: &str = "<redacted>";

/// Text that does not print.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Returns a secret.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// Returns the text; every call of it is worth a look.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn does_not_print() {
        let secret = Secret::new("of nobody's business");
        let shown = format!("{secret} {secret:?} {secret:#?} {:?}", Some(&secret));
        assert!(!shown.contains("business"));
        assert_eq!("of nobody's business", secret.reveal());
    }

    #[test]
    fn messages_print_without_secrets() {
        use crate::api::token::v1::{exchange_token_response::Issued, VerifyTokenRequest};
        let credentials = crate::api::types::v1::Credentials {
            access_key_id: "ASIA".into(),
            secret_access_key: "business".into(),
            session_token: "business".into(),
            expiration: None,
        };
        let issued = Issued::AccessToken("business".into());
        let asked = VerifyTokenRequest {
            token: "business".into(),
        };
        let role = crate::RoleRequest {
            token_code: Some("business".into()),
            external_id: Some("business".into()),
            ..crate::RoleRequest::new("arn")
        };
        let shown = format!("{credentials:?} {issued:?} {asked:#?} {role:?}");
        assert!(shown.contains("ASIA") && shown.contains("arn"));
        assert!(!shown.contains("business"), "{shown}");
    }
}
