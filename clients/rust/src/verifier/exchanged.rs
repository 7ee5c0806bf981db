//! The claims of a token that came of an exchange.
//!
//! SPEC: RFC 8693 section 4; RFC 9068 section 2.2; RFC 9493 section 3.2.3.

use std::time::Duration;

use super::claims::Claims;
use super::lineage::Origin;
use super::values::{ExchangedClaims, Party};
use crate::api::session::v1::revocation::Scope;
use crate::error::Rejection;

const LIFETIME_MAX: Duration = Duration::from_secs(12 * 3_600);
// Those who act for a subject, one behind the other, as servers have it.
const ACTORS_MAX: usize = 4;

/// Returns the media type that a token says it is, by what it is good for.
fn type_of(token_use: &str) -> &'static str {
    match token_use {
        "access" => "at+jwt",
        "id" | "jwt" => "JWT",
        _ => "",
    }
}

/// Reads the claims, a closed list, and what a revocation may name to end the token.
pub(super) fn read(
    mut claims: Claims,
    token_type: &str,
) -> Result<(ExchangedClaims, Origin), Rejection> {
    let mut own = claims.inner("daypass");
    let version = own.integer("ver");
    let (log_id, sequence) = own.text_and_integer("epoch");
    let client = own.text("client");
    own.text("ring");
    let account_id = own.text("acct");
    let (ancestors, principals) = (own.texts("lin"), own.texts("prn"));
    let mut named = claims.inner("sub_id");
    let format = named.text("format");
    let party = Party {
        issuer: named.text("iss"),
        subject: named.text("sub"),
    };
    let scopes = match claims.text_if_any("scope") {
        Some(text) => text.split(' ').map(str::to_owned).collect(),
        None => Vec::new(),
    };
    claims.require(scopes.iter().all(|scope: &String| !scope.is_empty()));
    let actors = read_actors(&mut claims, ACTORS_MAX);
    let found = ExchangedClaims {
        token_use: claims.text("token_use"),
        token_id: claims.text("jti"),
        subject: claims.text("sub"),
        party,
        audiences: claims.text_or_texts("aud"),
        scopes,
        client_arn: claims.text("client_id"),
        account_id,
        actors,
        issue_time: claims.instant("iat"),
        expire_time: claims.instant("exp"),
        issuer: claims.text("iss"),
    };
    let lifetime = found
        .expire_time
        .duration_since(found.issue_time)
        .unwrap_or_default();
    let is_good = own.ended()
        && named.ended()
        && claims.ended()
        && version == 1
        && format == "iss_sub"
        && type_of(&found.token_use) == token_type
        && found.subject == format!("{}#{}", found.party.issuer, found.party.subject)
        && !lifetime.is_zero()
        && lifetime <= LIFETIME_MAX;
    if !is_good {
        return Err(Rejection::Untrusted);
    }
    let mut others = vec![
        (Scope::Token, found.token_id.clone()),
        (Scope::Account, found.account_id.clone()),
        (Scope::Principal, client),
    ];
    for each in principals {
        // The unique id of a root user is its account.
        others.extend([(Scope::Principal, each.clone()), (Scope::Account, each)]);
    }
    Ok((
        found,
        Origin {
            log_id,
            sequence,
            own_session: None,
            ancestors,
            others,
        },
    ))
}

fn read_actors(claims: &mut Claims, most: usize) -> Vec<Party> {
    if !claims.has("act") {
        return Vec::new();
    }
    claims.require(most > 0);
    if most == 0 {
        return Vec::new();
    }
    let mut act = claims.inner("act");
    let mut found = vec![Party {
        issuer: act.text("iss"),
        subject: act.text("sub"),
    }];
    found.extend(read_actors(&mut act, most - 1));
    claims.require(act.ended());
    found
}
