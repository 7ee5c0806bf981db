//! Judges tokens by what is known.
//!
//! SPEC: design 6; RFC 8725.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ring::digest;

use super::claims::Claims;
use super::compact::{parse, Unverified};
use super::key_ring::KeyRing;
use super::keys::VerifyingKey;
use super::lineage::Origin;
use super::memory::Memory;
use super::revocations::Revocations;
use super::values::{ExchangedClaims, IdentityClaims, SessionClaims, Verified};
use super::{exchanged, identity, session};
use crate::clock::{boot_time, Clock};
use crate::error::{CannotVouchError, Error, Rejection};

// Longer text is refused before anything reads it.
const TOKEN_CHARACTERS_MAX: usize = 8_192;
const IDENTITY_TOKEN_CHARACTERS_MAX: usize = 24_576;
/// Tokens whose signature is remembered, of each kind; a few KiB each.
pub(super) const REMEMBERED_MAX: usize = 16_384;

/// A token that a key has vouched for.
pub(super) struct Seen<C> {
    key: Arc<VerifyingKey>,
    origin: Option<Origin>,
    begin: SystemTime,
    end: SystemTime,
    claims: C,
}

/// Who a token must be of, and for.
pub(super) struct Parties<'a> {
    pub(super) issuer: &'a str,
    pub(super) audience: &'a str,
}

impl Parties<'_> {
    fn check(&self, issuer: &str, audiences: &[String]) -> Result<(), Rejection> {
        if issuer != self.issuer {
            return Err(Rejection::WrongIssuer);
        }
        if !audiences.iter().any(|each| each == self.audience) {
            return Err(Rejection::WrongAudience);
        }
        Ok(())
    }
}

/// Makes no call and waits for nothing. Signature, kind and claims of a token are looked at
/// once and remembered by a digest of every byte of it; times, the life of its key,
/// revocations and freshness every time.
pub(super) struct Judge {
    pub(super) keys: KeyRing,
    /// Absent where they are not followed.
    pub(super) revocations: Option<Revocations>,
    pub(super) is_unsafe: bool,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tolerance: Duration,
    pub(super) ring_id: Option<String>,
    pub(super) sessions: Memory<Seen<SessionClaims>>,
    pub(super) exchanged: Memory<Seen<ExchangedClaims>>,
    pub(super) identities: Memory<Seen<IdentityClaims>>,
}

impl Judge {
    pub(super) fn session(&self, token: &str) -> Result<Verified<SessionClaims>, Error> {
        let read = |token: &Unverified<'_>| self.read_session(token);
        let found = remembered(&self.sessions, token, TOKEN_CHARACTERS_MAX, read)?;
        self.in_force(&found)
    }

    pub(super) fn exchanged(
        &self,
        token: &str,
        of: &Parties<'_>,
    ) -> Result<Verified<ExchangedClaims>, Error> {
        let read = |token: &Unverified<'_>| self.read_exchanged(token);
        let found = remembered(&self.exchanged, token, TOKEN_CHARACTERS_MAX, read)?;
        of.check(&found.claims.issuer, &found.claims.audiences)?;
        self.in_force(&found)
    }

    pub(super) fn identity(
        &self,
        token: &str,
        of: &Parties<'_>,
    ) -> Result<Verified<IdentityClaims>, Error> {
        let read = |token: &Unverified<'_>| self.read_identity(token);
        let found = remembered(&self.identities, token, IDENTITY_TOKEN_CHARACTERS_MAX, read)?;
        of.check(&found.claims.issuer, &found.claims.audiences)?;
        self.in_force(&found)
    }

    fn read_session(&self, token: &Unverified<'_>) -> Result<Seen<SessionClaims>, Error> {
        if token.token_type != session::TYPE {
            return Err(Rejection::NotASessionToken.into());
        }
        let (key, claims) = self.vouched(token)?;
        let (claims, origin) = session::read(claims)?;
        if self
            .ring_id
            .as_ref()
            .is_some_and(|ring| *ring != claims.ring_id)
        {
            return Err(Rejection::Untrusted.into());
        }
        let (begin, end) = (claims.issue_time, claims.expire_time);
        Ok(Seen {
            key,
            origin: Some(origin),
            begin,
            end,
            claims,
        })
    }

    fn read_exchanged(&self, token: &Unverified<'_>) -> Result<Seen<ExchangedClaims>, Error> {
        if !matches!(&*token.token_type, "at+jwt" | "JWT") {
            return Err(Rejection::NotAnExchangedToken.into());
        }
        let (key, claims) = self.vouched(token)?;
        if !claims.has("token_use") {
            return Err(Rejection::NotAnExchangedToken.into());
        }
        let (claims, origin) = exchanged::read(claims, &token.token_type)?;
        let (begin, end) = (claims.issue_time, claims.expire_time);
        Ok(Seen {
            key,
            origin: Some(origin),
            begin,
            end,
            claims,
        })
    }

    fn read_identity(&self, token: &Unverified<'_>) -> Result<Seen<IdentityClaims>, Error> {
        if token.token_type != identity::TYPE {
            return Err(Rejection::NotAnIdentityToken.into());
        }
        let (key, claims) = self.vouched(token)?;
        let (claims, begin) = identity::read(claims)?;
        Ok(Seen {
            key,
            origin: None,
            begin,
            end: claims.expire_time,
            claims,
        })
    }

    /// Returns the key of a token and its claims, once it has vouched for the bytes.
    fn vouched(&self, token: &Unverified<'_>) -> Result<(Arc<VerifyingKey>, Claims), Error> {
        self.keys.check(boot_time())?;
        let key = self
            .keys
            .get(&token.kid)
            .filter(|key| !self.is_revoked(key));
        let key = key.ok_or(Rejection::UnknownKey)?;
        let is_signed =
            key.algorithm == token.algorithm && key.verifies(&token.signature, token.signing_input);
        if !is_signed {
            return Err(Rejection::Untrusted.into());
        }
        Ok((key, Claims::read(&token.payload)?))
    }

    /// Looks at what may change, and says how fresh that is.
    fn in_force<C: Clone>(&self, found: &Seen<C>) -> Result<Verified<C>, Error> {
        let now = boot_time();
        self.keys.check(now)?;
        let is_same = |key: &Arc<VerifyingKey>| Arc::ptr_eq(key, &found.key);
        if self
            .keys
            .get(&found.key.kid)
            .as_ref()
            .is_none_or(|key| !is_same(key))
        {
            return Err(Rejection::UnknownKey.into());
        }
        let time = self.clock.now();
        if found.end <= time {
            return Err(Rejection::Expired.into());
        }
        if found.begin > time + self.tolerance {
            return Err(Rejection::NotYetValid.into());
        }
        let mut verified = Verified {
            claims: found.claims.clone(),
            revocation_age: None,
        };
        let Some(revocations) = &self.revocations else {
            if found.origin.is_some() && !self.is_unsafe {
                return Err(not_followed().into());
            }
            return Ok(verified);
        };
        verified.revocation_age = Some(revocations.age(now)?);
        if self.is_revoked(&found.key) {
            return Err(Rejection::UnknownKey.into());
        }
        if let Some(origin) = &found.origin {
            revocations.check(origin)?;
        }
        Ok(verified)
    }

    fn is_revoked(&self, key: &VerifyingKey) -> bool {
        self.revocations
            .as_ref()
            .is_some_and(|known| known.is_revoked_key(&key.kid))
    }
}

/// Parses a token of one kind and remembers it.
fn remembered<C>(
    kept: &Memory<Seen<C>>,
    token: &str,
    most: usize,
    read: impl FnOnce(&Unverified<'_>) -> Result<Seen<C>, Error>,
) -> Result<Arc<Seen<C>>, Error> {
    if token.len() > most {
        return Err(Rejection::Malformed.into());
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    if let Some(found) = kept.get(&digest) {
        return Ok(found);
    }
    let found = Arc::new(read(&parse(token)?)?);
    kept.put(digest, Arc::clone(&found));
    Ok(found)
}

fn not_followed() -> CannotVouchError {
    CannotVouchError {
        reason: "revocations_not_followed",
        message: "This verifier does not follow revocations, and the token may be revoked."
            .to_owned(),
        hint: "Give the verifier a client, or ask verify_token.",
    }
}
