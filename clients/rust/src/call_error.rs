//! What a failed call told of itself.

use std::error::Error as _;

use tonic::{Code, Status, TimeoutExpired};
use tonic_types::StatusExt;

use crate::error::{CallError, FieldViolation, Kind};

const ERROR_DOMAIN: &str = "sts.daypass.dev";

impl CallError {
    /// Returns the error of something that is no answer of a server.
    pub(crate) fn made(kind: Kind, code: Code, reason: &str, message: &str, hint: &str) -> Self {
        Self {
            kind,
            code,
            reason: reason.to_owned(),
            message: message.to_owned(),
            hint: hint.to_owned(),
            request_id: String::new(),
            decision_id: String::new(),
            violations: Vec::new(),
            retry_delay: None,
            sign_anew: false,
        }
    }

    /// Returns the error of something that may work later.
    pub(crate) fn unavailable(reason: &str, message: &str, hint: &str) -> Self {
        Self::made(Kind::Unavailable, Code::Unavailable, reason, message, hint)
    }

    /// Returns the error of an answer that is not the message it should be.
    pub(crate) fn unreadable() -> Self {
        let message = "The answer of the server cannot be read";
        Self::made(
            Kind::Unavailable,
            Code::Internal,
            "INTERNAL",
            message,
            hint_of("UNIMPLEMENTED"),
        )
    }

    pub(crate) fn too_late(target: &str) -> Self {
        Self::of(
            &Status::deadline_exceeded("The time for the call is over"),
            target,
        )
    }

    /// Returns what a status says.
    pub(crate) fn of(status: &Status, target: &str) -> Self {
        let code = code_of(status);
        let message = match status.message() {
            "" => "The call failed without a message",
            message => message,
        };
        let mut found = Self::made(kind_of(code), code, code_name(code), message, "");
        read_details(&mut found, status);
        if is_too_large(&found) {
            found.kind = Kind::InvalidRequest;
            found.hint = "Send less: a shorter policy, fewer tags, or a smaller batch.".to_owned();
            return found;
        }
        found.hint = match hint_of(&found.reason) {
            "" => hint_of(code_name(code)),
            hint => hint,
        }
        .to_owned();
        if let Some(delay) = found.retry_delay {
            found.hint = format!("Ask again in {} s.", delay.as_secs_f64());
        } else if code == Code::Unavailable {
            found.hint = format!("The endpoint is {target}. {}", found.hint);
        }
        found
    }

    /// Returns the canonical code as its specification spells it.
    pub fn code_name(&self) -> &'static str {
        code_name(self.code)
    }
}

/// NOTE: a connection that fails has no code of its own: tonic makes one up, and keeps what
/// went wrong, which a status of a server never has.
fn code_of(status: &Status) -> Code {
    let mut cause = status.source();
    let is_local = cause.is_some();
    while let Some(error) = cause {
        if error.is::<TimeoutExpired>() {
            return Code::DeadlineExceeded;
        }
        cause = error.source();
    }
    match status.code() {
        Code::Unknown | Code::Cancelled | Code::Internal if is_local => Code::Unavailable,
        code => code,
    }
}

// Codes without a row are of the service's or the network's making.
fn kind_of(code: Code) -> Kind {
    match code {
        Code::Unauthenticated => Kind::Unauthenticated,
        Code::PermissionDenied => Kind::AccessDenied,
        Code::InvalidArgument | Code::OutOfRange => Kind::InvalidRequest,
        Code::NotFound => Kind::NotFound,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Unimplemented => Kind::Rejected,
        Code::ResourceExhausted => Kind::Throttled,
        _ => Kind::Unavailable,
    }
}

/// Returns what to do next, by reason or canonical code; empty for nothing.
pub(crate) fn hint_of(word: &str) -> &'static str {
    match word {
        "MissingAuthenticationToken" => {
            "Name a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        }
        "IncompleteSignature" => {
            "Check that client and server are of one version, and that no proxy drops metadata."
        }
        "InvalidClientTokenId" => {
            "Get new credentials: these are revoked, incomplete or of another endpoint."
        }
        "SignatureDoesNotMatch" => {
            "Check the secret access key, the region, and the clock of this machine."
        }
        "ExpiredToken" => "Get new credentials: these have ended.",
        "AccessDenied" => {
            "Ask whoever manages the permissions, and give them the decision or request id."
        }
        "ValidationError" => "Correct the parameters that the message names.",
        "ResourceNotFound" => "Check the name; what has ended is not found either.",
        "InternalFailure" => "Give the request id to the operator of the server.",
        "UNIMPLEMENTED" => "Check that the endpoint is the gRPC port of a Daypass server.",
        "RESOURCE_EXHAUSTED" => "Wait, then ask again.",
        "DEADLINE_EXCEEDED" => "Ask again, or allow more time.",
        "UNAVAILABLE" => "Check that the server runs there, then ask again.",
        _ => "",
    }
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

fn read_details(found: &mut CallError, status: &Status) {
    if let Some(mut detail) = status.get_details_error_info() {
        if detail.domain == ERROR_DOMAIN {
            if !detail.reason.is_empty() {
                found.reason = detail.reason;
            }
            found.request_id = detail.metadata.remove("request_id").unwrap_or_default();
            found.decision_id = detail.metadata.remove("decision_id").unwrap_or_default();
            found.sign_anew = detail
                .metadata
                .get("sign_anew")
                .is_some_and(|it| it == "true");
        }
    }
    if let Some(detail) = status.get_details_bad_request() {
        let read = |each: tonic_types::FieldViolation| FieldViolation {
            field: each.field,
            description: each.description,
        };
        found.violations = detail.field_violations.into_iter().map(read).collect();
    }
    found.retry_delay = status
        .get_details_retry_info()
        .and_then(|detail| detail.retry_delay);
}

/// Tells whether gRPC itself has refused a message or metadata for its size.
///
/// NOTE: gRPC says so in its message only. Where another version words it otherwise, the
/// failure counts as throttling, which is not repeated without a time to come back.
fn is_too_large(found: &CallError) -> bool {
    found.code == Code::ResourceExhausted
        && found.reason == "RESOURCE_EXHAUSTED"
        && (found.message.contains("larger than max")
            || found.message.contains("metadata size exceeds"))
}
