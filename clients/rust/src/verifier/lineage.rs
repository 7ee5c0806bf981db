//! What ends a token.

use crate::api::session::v1::revocation::Scope;

/// The scope of a revocation and the subject that it names.
pub(super) type Name = (Scope, String);

/// Where in the log a token was issued, and what ends it.
pub(super) struct Origin {
    /// The log of its time.
    pub(super) log_id: String,
    /// How far that had been read.
    pub(super) sequence: i64,
    /// The session that it is: a revocation of that ends it whatever its place in the log.
    pub(super) own_session: Option<String>,
    /// The ids of the sessions and tokens that it came of; each ends it behind its place, as
    /// does its account.
    pub(super) ancestors: Vec<String>,
    /// What else ends it behind its place.
    pub(super) others: Vec<Name>,
}

impl Origin {
    /// Returns what ends the token where it was revoked behind its place.
    pub(super) fn names(&self) -> Vec<Name> {
        let mut found = self.others.clone();
        for ancestor in &self.ancestors {
            found.push((Scope::Session, ancestor.clone()));
            found.push(match account_of(ancestor) {
                Some(account) => (Scope::Account, account),
                // What is no access key id is the id of a token.
                None => (Scope::Token, ancestor.clone()),
            });
        }
        found
    }
}

/// Returns the account that an access key id carries: behind a set bit, 40 bits of account
/// and 39 of chance.
fn account_of(access_key_id: &str) -> Option<String> {
    let (prefix, rest) = access_key_id.as_bytes().split_at_checked(4)?;
    let is_prefix = |each: &u8| each.is_ascii_uppercase() || each.is_ascii_digit();
    if rest.len() != 16 || !prefix.iter().all(is_prefix) {
        return None;
    }
    let mut number = 0_u128;
    for each in rest {
        let digit = match each {
            b'A'..=b'Z' => each - b'A',
            b'2'..=b'7' => each - b'2' + 26,
            _ => return None,
        };
        number = number << 5 | u128::from(digit);
    }
    let account = number >> 39 & ((1 << 40) - 1);
    (number >> 79 == 1 && account <= 999_999_999_999).then(|| format!("{account:012}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_accounts() {
        let encode = |number: u128| -> String {
            let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
            let digit = |place: u32| letters[(number >> (75 - 5 * place) & 31) as usize] as char;
            "ASIA".chars().chain((0..16).map(digit)).collect()
        };
        let of = |account: u128| 1 << 79 | account << 39 | 5;
        assert_eq!(
            Some("123456789012".into()),
            account_of(&encode(of(123_456_789_012)))
        );
        assert_eq!(Some("000000000001".into()), account_of(&encode(of(1))));
        assert_eq!(None, account_of(&encode(of(1_000_000_000_000))));
        assert_eq!(None, account_of(&encode(of(1) & !(1 << 79))));
        for text in [
            "",
            "ASI",
            "ASIAQQQQ",
            "asiaQQQQQQQQQQQQQQQQ",
            "ASIA1QQQQQQQQQQQQQQQ",
        ] {
            assert_eq!(None, account_of(text));
        }
    }
}
