//! What most programs do.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::api::session::v1::{revoke_sessions_request::Target, RevokeSessionsRequest};
use crate::api::sts::v1::{AssumeRoleRequest, GetCallerIdentityRequest};
use crate::api::token::v1::{
    token_rejection, verify_token_response::Outcome, TokenRejection, VerifyTokenRequest,
};
use crate::api::types::v1 as types;
use crate::client::Client;
use crate::credentials::Credentials;
use crate::error::{CallError, Error, Rejection};
use crate::secret::REDACTED;

/// A role, and how it is assumed. Only `role_arn` is required.
#[derive(Clone, Default)]
pub struct RoleRequest {
    /// Names the role.
    pub role_arn: String,
    /// Names the session; one is made of the time where it is absent.
    pub session_name: Option<String>,
    /// How long the session is to last; absent for the server's default.
    pub duration: Option<Duration>,
    /// What an owner of the role asks of third parties.
    pub external_id: Option<String>,
    /// Names a second factor.
    pub serial_number: Option<String>,
    /// What the second factor shows.
    pub token_code: Option<String>,
    /// Sticks to the session and to all that come of it.
    pub source_identity: Option<String>,
    /// Narrows the session; IAM JSON.
    pub policy: Option<String>,
}

impl RoleRequest {
    /// Returns a request for a role.
    pub fn new(role_arn: impl Into<String>) -> Self {
        Self {
            role_arn: role_arn.into(),
            ..Self::default()
        }
    }

    pub(crate) fn message(&self, now: SystemTime) -> AssumeRoleRequest {
        AssumeRoleRequest {
            role_arn: self.role_arn.clone(),
            role_session_name: session_name(self.session_name.as_deref(), now),
            duration_seconds: whole_seconds(self.duration),
            external_id: self.external_id.clone(),
            serial_number: self.serial_number.clone(),
            token_code: self.token_code.clone(),
            source_identity: self.source_identity.clone(),
            policy: self.policy.clone(),
            ..AssumeRoleRequest::default()
        }
    }
}

impl fmt::Debug for RoleRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleRequest")
            .field("role_arn", &self.role_arn)
            .field("session_name", &self.session_name)
            .field("duration", &self.duration)
            .field("external_id", &self.external_id.as_ref().map(|_| REDACTED))
            .field("serial_number", &self.serial_number)
            .field("token_code", &self.token_code.as_ref().map(|_| REDACTED))
            .field("source_identity", &self.source_identity)
            .field("policy", &self.policy)
            .finish()
    }
}

/// A new session of a role.
#[derive(Clone, Debug)]
pub struct AssumedRole {
    /// Sign calls of the session.
    pub credentials: Credentials,
    /// Names the session.
    pub arn: String,
    /// Names it too.
    pub id: String,
}

/// Who calls.
#[derive(Clone, Debug)]
pub struct CallerIdentity {
    /// The unique id.
    pub user_id: String,
    /// The account.
    pub account: String,
    /// The ARN.
    pub arn: String,
}

/// What the server says of a session token that is good.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    /// Names the session.
    pub access_key_id: String,
    /// Whose it is.
    pub principal_arn: String,
    /// The account that owns it.
    pub account_id: String,
    /// Names the session within its role.
    pub session_name: String,
    /// When it ends.
    pub expire_time: Option<SystemTime>,
}

/// What became of a revocation.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// Its number in the log.
    pub sequence: i64,
    /// Whether every worker of the server has applied it.
    pub effective_everywhere: bool,
}

impl Client {
    /// Returns who calls.
    pub async fn get_caller_identity(&self) -> Result<CallerIdentity, Error> {
        let answer = self.call(&GetCallerIdentityRequest {}).await?;
        Ok(CallerIdentity {
            user_id: answer.user_id,
            account: answer.account,
            arn: answer.arn,
        })
    }

    /// Begins a session of a role.
    pub async fn assume_role(&self, role: &RoleRequest) -> Result<AssumedRole, Error> {
        let answer = self.call(&role.message(self.now())).await?;
        let user = answer.assumed_role_user.unwrap_or_default();
        Ok(AssumedRole {
            credentials: issued(answer.credentials)?,
            arn: user.arn,
            id: user.assumed_role_id,
        })
    }

    /// Asks the server whether a session token is good; where it is not, it fails with
    /// [`Error::TokenRejected`].
    pub async fn verify_token(&self, token: &str) -> Result<VerifiedToken, Error> {
        let answer = self
            .call(&VerifyTokenRequest {
                token: token.to_owned(),
            })
            .await?;
        match answer.outcome {
            Some(Outcome::Verified(found)) => {
                let principal = found.principal.unwrap_or_default();
                Ok(VerifiedToken {
                    access_key_id: found.access_key_id,
                    principal_arn: principal.arn,
                    account_id: principal.account_id,
                    session_name: found.session_name,
                    expire_time: found.expire_time.and_then(|time| time.try_into().ok()),
                })
            }
            Some(Outcome::Exchanged(_)) => Err(Rejection::NotASessionToken.into()),
            Some(Outcome::Rejection(rejection)) => Err(rejection_of(&rejection).into()),
            None => Err(CallError::unreadable().into()),
        }
    }

    /// Ends a session.
    pub async fn revoke_session(
        &self,
        access_key_id: &str,
        reason: &str,
    ) -> Result<Revocation, Error> {
        let request = RevokeSessionsRequest {
            target: Some(Target::AccessKeyId(access_key_id.to_owned())),
            reason: reason.to_owned(),
        };
        let answer = self.call(&request).await?;
        Ok(Revocation {
            sequence: answer.sequence,
            effective_everywhere: answer.effective_everywhere,
        })
    }
}

fn rejection_of(rejection: &TokenRejection) -> Rejection {
    let reason = token_rejection::Reason::try_from(rejection.reason).unwrap_or_default();
    let word = reason
        .as_str_name()
        .trim_start_matches("REASON_")
        .to_lowercase();
    Rejection::of_word(word)
}

pub(crate) fn session_name(given: Option<&str>, now: SystemTime) -> String {
    given.map_or_else(
        || format!("daypass-{}", prost_types::Timestamp::from(now).seconds),
        str::to_owned,
    )
}

pub(crate) fn whole_seconds(span: Option<Duration>) -> Option<i32> {
    span.map(|span| span.as_secs().try_into().unwrap_or(i32::MAX))
}

/// Reads credentials that a server has issued.
pub(crate) fn issued(message: Option<types::Credentials>) -> Result<Credentials, Error> {
    let read = |message: types::Credentials| {
        let token = Some(&*message.session_token);
        let found = Credentials::new(&message.access_key_id, &message.secret_access_key, token);
        let end = SystemTime::try_from(message.expiration?).ok()?;
        Some(Credentials {
            expiration: Some(end),
            ..found.ok()?
        })
    };
    message
        .and_then(read)
        .ok_or_else(|| CallError::unreadable().into())
}
