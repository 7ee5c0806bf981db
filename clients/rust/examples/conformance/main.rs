//! Speaks the protocol of tests/conformance/PROTOCOL.md: a JSON object on each line of
//! standard input, and one on standard output for each. It adds nothing to the client:
//! whatever it answers, the client has done.

mod commands;

use std::io::{self, BufRead, Write};

use daypass::{Error, Kind};
use serde_json::{json, Value};

use commands::Program;

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut program = Program::default();
    for line in io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let id = &asked["id"];
        let answer = match program.command(&asked).await {
            Some(Ok(found)) => json!({"id": id, "ok": found}),
            Some(Err(error)) => json!({"id": id, "error": members(&error)}),
            None => json!({"id": id, "error": {"kind": "unsupported"}}),
        };
        let mut output = io::stdout().lock();
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

/// Returns what is told of an error; its text, so that redaction can be seen.
pub(crate) fn members(error: &Error) -> Value {
    let text = format!("{error} {error:?} {error:#?}");
    match error {
        Error::Call(failed) => json!({
            "kind": kind(failed.kind),
            "text": text,
            "reason": failed.reason,
            "code": failed.code_name(),
            "request_id": failed.request_id,
            "decision_id": failed.decision_id,
            "fields": failed.violations.iter().map(|each| &each.field).collect::<Vec<_>>(),
            "retry_delay_ms": failed.retry_delay.map(|delay| delay.as_millis() as u64),
        }),
        Error::TokenRejected(rejected) => {
            json!({"kind": "token_rejected", "text": text, "reason": rejected.reason.as_str()})
        }
        Error::CannotVouch(ignorant) => {
            json!({"kind": "cannot_vouch", "text": text, "reason": ignorant.reason})
        }
        _ => json!({"kind": "configuration", "text": text}),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Unauthenticated => "unauthenticated",
        Kind::AccessDenied => "access_denied",
        Kind::InvalidRequest => "invalid_request",
        Kind::NotFound => "not_found",
        Kind::Rejected => "rejected",
        Kind::Throttled => "throttled",
        _ => "unavailable",
    }
}
