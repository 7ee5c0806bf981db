//! The claims of a session.

use std::collections::BTreeMap;
use std::time::Duration;

use flate2::{Decompress, FlushDecompress, Status};

use super::claims::Claims;
use super::compact::decode;
use super::lineage::Origin;
use super::values::SessionClaims;
use crate::api::session::v1::revocation::Scope;
use crate::error::Rejection;

pub(super) const TYPE: &str = "daypass-session+jwt";
// What a packed claim may unfold to, as servers have it.
const UNPACKED_BYTES_MAX: usize = 131_072;
const HOUR: Duration = Duration::from_secs(3_600);

/// Returns the longest session of a kind; no token of ours says more.
fn lifetime_max(kind: &str) -> Duration {
    match kind {
        "role" | "delegated" => 12 * HOUR,
        "user" | "federated-user" => 36 * HOUR,
        "root-task" => HOUR / 4,
        _ => Duration::ZERO,
    }
}

/// Reads the claims of a session, a closed list, and what a revocation may name to end it.
/// What only a server uses is read, so that a token is refused which no server would take,
/// and not kept.
pub(super) fn read(mut claims: Claims) -> Result<(SessionClaims, Origin), Rejection> {
    let version = claims.integer("ver");
    let (log_id, sequence) = claims.text_and_integer("epoch");
    let (tags, transitive_tag_keys) = unpack(&mut claims)?;
    let found = SessionClaims {
        kind: claims.text("kind"),
        account_id: claims.text("acct"),
        access_key_id: claims.text("jti"),
        principal_id: claims.text("sub"),
        session_name: claims.text("name"),
        issue_time: claims.instant("iat"),
        expire_time: claims.instant("exp"),
        origin_id: claims.text("origin"),
        source_identity: claims.text_if_any("srcid"),
        tags,
        transitive_tag_keys,
        mfa_time: claims.instant_if_any("mfa"),
        federated_provider: claims.text_if_any("idp"),
        federated_keys: claims.text_lists("fed"),
        ring_id: claims.text("iss"),
    };
    claims.text("dkid");
    claims.instant_if_any("cbeg");
    let (ancestors, principals) = (claims.texts("anc"), claims.texts("ancp"));
    let lifetime = found
        .expire_time
        .duration_since(found.issue_time)
        .unwrap_or_default();
    let is_good = claims.ended()
        && version == 1
        && !lifetime.is_zero()
        && lifetime <= lifetime_max(&found.kind);
    if !is_good {
        return Err(Rejection::Untrusted);
    }
    let mut others = vec![
        (Scope::Account, found.account_id.clone()),
        (Scope::Principal, found.principal_id.clone()),
        (Scope::Principal, found.origin_id.clone()),
    ];
    for each in principals {
        // The unique id of a root user is its account.
        others.extend([(Scope::Principal, each.clone()), (Scope::Account, each)]);
    }
    let own = found.access_key_id.clone();
    let origin = Origin {
        log_id,
        sequence,
        own_session: Some(own.clone()),
        ancestors: std::iter::once(own).chain(ancestors).collect(),
        others,
    };
    Ok((found, origin))
}

/// Takes policies and tags, packed into one claim, and keeps the tags.
fn unpack(claims: &mut Claims) -> Result<(BTreeMap<String, String>, Vec<String>), Rejection> {
    let Some(packed) = claims.text_if_any("packed") else {
        return Ok(Default::default());
    };
    let data = decode(&packed)
        .and_then(|packed| inflate(&packed))
        .ok_or(Rejection::Untrusted)?;
    let mut inner = Claims::read(&data)?;
    inner.text_if_any("p");
    inner.texts("a");
    let found = (inner.text_members("t"), inner.texts("x"));
    if inner.ended() {
        Ok(found)
    } else {
        Err(Rejection::Untrusted)
    }
}

/// Unfolds what is packed, whole and with nothing behind it.
fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::with_capacity(UNPACKED_BYTES_MAX + 1);
    let mut stream = Decompress::new(true);
    let status = stream
        .decompress_vec(packed, &mut data, FlushDecompress::Finish)
        .ok()?;
    let is_whole = status == Status::StreamEnd && stream.total_in() == packed.len() as u64;
    (is_whole && data.len() <= UNPACKED_BYTES_MAX).then_some(data)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::ZlibEncoder;
    use flate2::Compression;

    use super::*;

    fn packed(size: usize) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&vec![b'x'; size]).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn unfolds_whole_and_within_the_bound() {
        assert_eq!(
            Some(UNPACKED_BYTES_MAX),
            inflate(&packed(UNPACKED_BYTES_MAX)).map(|data| data.len())
        );
        assert_eq!(None, inflate(&packed(UNPACKED_BYTES_MAX + 1)));
        assert_eq!(None, inflate(&packed(100_000_000)));
        let mut data = packed(10);
        assert_eq!(None, inflate(&data[..data.len() - 1]));
        data.push(0);
        assert_eq!(None, inflate(&data));
        let mut data = packed(10);
        *data.last_mut().unwrap() ^= 1;
        assert_eq!(None, inflate(&data), "the checksum");
        assert_eq!(None, inflate(b""));
    }
}
