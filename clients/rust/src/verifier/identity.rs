//! The claims of an identity token.

use std::time::{Duration, SystemTime};

use super::claims::Claims;
use super::values::IdentityClaims;
use crate::error::Rejection;

pub(super) const TYPE: &str = "JWT";
const FACTS: &str = "https://sts.amazonaws.com/";
const LIFETIME_MAX: Duration = Duration::from_secs(3_600);

/// Reads the claims of an identity token, and from when on it is good. A claim that is not
/// known is passed on, but not one by which tokens of another kind are told: those are never
/// taken for identity tokens.
pub(super) fn read(mut claims: Claims) -> Result<(IdentityClaims, SystemTime), Rejection> {
    if claims.has("token_use") || claims.has("daypass") {
        return Err(Rejection::NotAnIdentityToken);
    }
    let begin = claims
        .instant_if_any("nbf")
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let mut found = IdentityClaims {
        token_id: claims.text("jti"),
        issuer: claims.text("iss"),
        subject: claims.text("sub"),
        audiences: claims.text_or_texts("aud"),
        issue_time: claims.instant("iat"),
        expire_time: claims.instant("exp"),
        facts: claims.object(FACTS),
        others: Default::default(),
    };
    let lifetime = found
        .expire_time
        .duration_since(found.issue_time)
        .unwrap_or_default();
    if !claims.went_well() || lifetime.is_zero() || lifetime > LIFETIME_MAX {
        return Err(Rejection::Untrusted);
    }
    found.others = claims.rest();
    let begin = begin.max(found.issue_time);
    Ok((found, begin))
}
