//! What a verifier says.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::json::Object;

/// What a good session token says.
///
/// A token names roles and users by unique id: their ARNs only a server knows. That the token
/// is good says nothing of who sent it: only a signature does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionClaims {
    /// `role`, `user`, `federated-user`, `root-task` or `delegated`.
    pub kind: String,
    /// The account that owns the session.
    pub account_id: String,
    /// Names the session.
    pub access_key_id: String,
    /// The unique id of its role or user; for root the account id.
    pub principal_id: String,
    /// Of a role session or federated user; otherwise empty.
    pub session_name: String,
    /// Its begin.
    pub issue_time: SystemTime,
    /// Its end.
    pub expire_time: SystemTime,
    /// The unique id of whoever began the chain of sessions.
    pub origin_id: String,
    /// Sticks to the chain.
    pub source_identity: Option<String>,
    /// Session tags.
    pub tags: BTreeMap<String, String>,
    /// Those of the tags that pass on.
    pub transitive_tag_keys: Vec<String>,
    /// When a second factor was shown.
    pub mfa_time: Option<SystemTime>,
    /// Whose proof began it.
    pub federated_provider: Option<String>,
    /// What that proof leaves.
    pub federated_keys: BTreeMap<String, Vec<String>>,
    /// Names the deployment that issued it.
    pub ring_id: String,
}

/// Somebody that a token names: the issuer, and what it calls them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The issuer.
    pub issuer: String,
    /// What it calls them.
    pub subject: String,
}

/// What a good token says that came of an exchange.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExchangedClaims {
    /// `access`, `id` or `jwt`.
    pub token_use: String,
    /// The claim `jti`.
    pub token_id: String,
    /// The claim `sub`.
    pub subject: String,
    /// The same in two parts.
    pub party: Party,
    /// Whom it is meant for.
    pub audiences: Vec<String>,
    /// What it grants.
    pub scopes: Vec<String>,
    /// The user or role that it was issued to.
    pub client_arn: String,
    /// The account of that.
    pub account_id: String,
    /// Who acts for the subject, the present one first; only that one counts for access.
    pub actors: Vec<Party>,
    /// Its begin.
    pub issue_time: SystemTime,
    /// Its end.
    pub expire_time: SystemTime,
    /// The issuer of the deployment.
    pub issuer: String,
}

/// What a good identity token says, as `GetWebIdentityToken` issues them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IdentityClaims {
    /// The claim `jti`.
    pub token_id: String,
    /// The issuer of the account.
    pub issuer: String,
    /// The ARN of the user or role.
    pub subject: String,
    /// Whom it is meant for.
    pub audiences: Vec<String>,
    /// Its begin.
    pub issue_time: SystemTime,
    /// Its end.
    pub expire_time: SystemTime,
    /// What else it says of the principal.
    pub facts: Object,
    /// Claims that are not known.
    pub others: Object,
}

/// A token that is good.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified<C> {
    /// What it says.
    pub claims: C,
    /// How long ago, at most, revocations were last read; absent where they are not followed.
    pub revocation_age: Option<Duration>,
}

/// How a verifier fares, for a health check or a metric.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifierStatus {
    /// The keys that it has.
    pub key_ids: Vec<String>,
    /// Published keys that it does not use.
    pub ignored_key_ids: Vec<String>,
    /// How old the key set is.
    pub key_set_age: Option<Duration>,
    /// How long ago, at most, revocations were last read.
    pub revocation_age: Option<Duration>,
    /// How many revocations are in force.
    pub revocations: usize,
    /// What asking last failed with; absent where it has not since it went well.
    pub last_error: Option<Error>,
}
