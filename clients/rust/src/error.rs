//! What can go wrong.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tonic::Code;

/// What a failed call was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A proof that is missing, malformed, expired or wrong.
    Unauthenticated,
    /// A caller who is known, and an answer that is no.
    AccessDenied,
    /// A parameter that is wrong.
    InvalidRequest,
    /// A thing that is not there, or has ended.
    NotFound,
    /// Another request that is wrong, or is refused.
    Rejected,
    /// Too many calls at once.
    Throttled,
    /// A service, or a way to it, that failed. Asking later may help.
    Unavailable,
}

impl Kind {
    /// Tells whether asking again for the same will not help.
    pub fn is_refusal(self) -> bool {
        !matches!(self, Self::Throttled | Self::Unavailable)
    }
}

/// Whatever a client or a verifier fails with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// A call failed.
    Call(Box<CallError>),
    /// No call was made: something is missing or malformed.
    Configuration(ConfigurationError),
    /// A token that was shown is not good.
    TokenRejected(TokenRejectedError),
    /// A verifier knows too little, or too old.
    CannotVouch(CannotVouchError),
}

impl Error {
    /// Tells whether a server has refused, so that asking again will not help.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Call(failed) if failed.kind.is_refusal())
    }

    pub(crate) fn is_unavailable(&self) -> bool {
        matches!(self, Self::Call(failed) if !failed.kind.is_refusal())
    }

    /// Tells whether a failure means that the credentials are no longer good.
    pub(crate) fn is_spent(&self) -> bool {
        matches!(self, Self::Call(failed) if failed.kind == Kind::Unauthenticated
            && matches!(&*failed.reason, "InvalidClientTokenId" | "ExpiredToken"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::Configuration(error) => error.fmt(f),
            Self::TokenRejected(error) => error.fmt(f),
            Self::CannotVouch(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::Call(Box::new(error))
    }
}

impl From<ConfigurationError> for Error {
    fn from(error: ConfigurationError) -> Self {
        Self::Configuration(error)
    }
}

impl From<TokenRejectedError> for Error {
    fn from(error: TokenRejectedError) -> Self {
        Self::TokenRejected(error)
    }
}

impl From<CannotVouchError> for Error {
    fn from(error: CannotVouchError) -> Self {
        Self::CannotVouch(error)
    }
}

/// One breach of a constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// The field of the request.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

/// A call that failed, and what it told of itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallError {
    /// What kind of failure it was.
    pub kind: Kind,
    /// The canonical code.
    pub code: Code,
    /// The AWS code, such as `AccessDenied`, or else the canonical code.
    pub reason: String,
    /// For people; it may change.
    pub message: String,
    /// What to do next; it may be empty.
    pub hint: String,
    /// What the operator finds the call by; empty where it never arrived.
    pub request_id: String,
    /// Names the decision behind a denial; otherwise empty.
    pub decision_id: String,
    /// The fields at fault.
    pub violations: Vec<FieldViolation>,
    /// How long to wait before asking again; absent where nobody said.
    pub retry_delay: Option<Duration>,
    /// The call has been answered before, and is to be signed anew.
    pub(crate) sign_anew: bool,
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message.strip_suffix('.').unwrap_or(&self.message);
        write!(f, "{}: {message}", self.reason)?;
        match (&*self.request_id, &*self.decision_id) {
            ("", "") => {}
            (request, "") => write!(f, " (request {request})")?,
            ("", decision) => write!(f, " (decision {decision})")?,
            (request, decision) => write!(f, " (request {request}, decision {decision})")?,
        }
        f.write_str(".")?;
        with_hint(f, &self.hint)
    }
}

impl std::error::Error for CallError {}

/// A setting, a profile or a credential that is missing or malformed. No call was made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConfigurationError {
    /// What went wrong; it shows no value that may be secret.
    pub message: String,
    /// What to do next; it may be empty.
    pub hint: String,
    /// The file at fault.
    pub file: Option<PathBuf>,
    /// The line of that file, from 1; 0 for none.
    pub line: usize,
}

impl ConfigurationError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: String::new(),
            file: None,
            line: 0,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub(crate) fn file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    pub(crate) fn line(mut self, line: usize) -> Self {
        self.line = line;
        self
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}:", file.display())?;
            if self.line > 0 {
                write!(f, "{}:", self.line)?;
            }
            f.write_str(" ")?;
        }
        f.write_str(&self.message)?;
        with_hint(f, &self.hint)
    }
}

impl std::error::Error for ConfigurationError {}

/// Why a token is not good.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// It is no token of the one form.
    Malformed,
    /// Its key is not known, or no longer good.
    UnknownKey,
    /// Its key has not signed it, or it says what no server says.
    Untrusted,
    /// It begins later.
    NotYetValid,
    /// It has ended.
    Expired,
    /// It was revoked.
    Revoked,
    /// It is of somebody else.
    WrongIssuer,
    /// It is for somebody else.
    WrongAudience,
    /// It is of another kind.
    NotASessionToken,
    /// It is of another kind.
    NotAnExchangedToken,
    /// It is of another kind.
    NotAnIdentityToken,
    /// A word of a newer server.
    Other(String),
}

impl Rejection {
    /// Returns the word of clients/README.md.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownKey => "unknown_key",
            Self::Untrusted => "untrusted",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::WrongIssuer => "wrong_issuer",
            Self::WrongAudience => "wrong_audience",
            Self::NotASessionToken => "not_a_session_token",
            Self::NotAnExchangedToken => "not_an_exchanged_token",
            Self::NotAnIdentityToken => "not_an_identity_token",
            Self::Other(word) => word,
        }
    }

    pub(crate) fn of_word(word: String) -> Self {
        let known = [
            Self::Malformed,
            Self::UnknownKey,
            Self::Untrusted,
            Self::NotYetValid,
            Self::Expired,
            Self::Revoked,
            Self::WrongIssuer,
            Self::WrongAudience,
            Self::NotASessionToken,
            Self::NotAnExchangedToken,
            Self::NotAnIdentityToken,
        ];
        known
            .into_iter()
            .find(|each| each.as_str() == word)
            .unwrap_or(Self::Other(word))
    }
}

/// A token that was shown and is not good. It says nothing against the caller.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenRejectedError {
    /// Why the token is not good.
    pub reason: Rejection,
}

impl From<Rejection> for Error {
    fn from(reason: Rejection) -> Self {
        Self::TokenRejected(TokenRejectedError { reason })
    }
}

impl fmt::Display for TokenRejectedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token is not good: {}", self.reason.as_str())
    }
}

impl std::error::Error for TokenRejectedError {}

/// A verifier that does not know enough to say anything.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CannotVouchError {
    /// `keys_unknown`, `keys_stale`, `revocations_unknown`, `revocations_stale`,
    /// `revocations_behind` or `revocations_not_followed`.
    pub reason: &'static str,
    /// For people.
    pub message: String,
    /// What to do next; it may be empty.
    pub hint: &'static str,
}

impl fmt::Display for CannotVouchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        with_hint(f, self.hint)
    }
}

impl std::error::Error for CannotVouchError {}

fn with_hint(f: &mut fmt::Formatter<'_>, hint: &str) -> fmt::Result {
    if hint.is_empty() {
        return Ok(());
    }
    write!(f, " {hint}")
}
