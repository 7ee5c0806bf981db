//! Keys that tokens are verified with.
//!
//! SPEC: RFC 7518 sections 3.1, 3.3, 3.4 and 6; RFC 8032 section 5.1; RFC 8037 section 3.1;
//! FIPS 186-5.

use curve25519_dalek::edwards::CompressedEdwardsY;
use ring::agreement::{self, EphemeralPrivateKey};
use ring::signature::{
    self, EcdsaVerificationAlgorithm, RsaPublicKeyComponents, UnparsedPublicKey,
};

use super::compact::decode;
use crate::api::keyring::v1::Jwk;

// Servers name keys by 43 characters.
const KEY_ID_CHARACTERS_MAX: usize = 128;
// Servers make keys of 3,072 bits; shorter ones are weak, longer ones slow.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;
const RSA_EXPONENT: [u8; 3] = [1, 0, 1];

/// A public key that may be used, bound to the one algorithm that it verifies. The list is
/// closed, and a token never chooses.
pub(super) struct VerifyingKey {
    pub(super) kid: String,
    pub(super) algorithm: String,
    material: Material,
}

enum Material {
    Ed25519(Vec<u8>),
    Ecdsa(&'static Curve, Vec<u8>),
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

struct Curve {
    size: usize,
    algorithm: &'static EcdsaVerificationAlgorithm,
    agreement: &'static agreement::Algorithm,
    /// Half of the order of the group.
    half: &'static [u8],
}

static P256: Curve = Curve {
    size: 32,
    algorithm: &signature::ECDSA_P256_SHA256_FIXED,
    agreement: &agreement::ECDH_P256,
    half: b"\x7f\xff\xff\xff\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff\
        \xde\x73\x7d\x56\xd3\x8b\xcf\x42\x79\xdc\xe5\x61\x7e\x31\x92\xa8",
};

static P384: Curve = Curve {
    size: 48,
    algorithm: &signature::ECDSA_P384_SHA384_FIXED,
    agreement: &agreement::ECDH_P384,
    half: b"\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
        \xff\xff\xff\xff\xff\xff\xff\xff\xe3\xb1\xa6\xc0\xfa\x1b\x96\xef\
        \xac\x0d\x06\xd9\x24\x58\x53\xbd\x76\x76\x0c\xb5\x66\x62\x94\xb9",
};

impl VerifyingKey {
    /// Returns nothing for a key that is none of the closed list, or is unsafe.
    pub(super) fn load(key: &Jwk) -> Option<Self> {
        let is_named = !key.kid.is_empty() && key.kid.len() <= KEY_ID_CHARACTERS_MAX;
        if key.r#use != "sig" || !is_named {
            return None;
        }
        let material = match (&*key.alg, &*key.kty, &*key.crv) {
            ("EdDSA", "OKP", "Ed25519") => load_ed25519(key),
            ("ES256", "EC", "P-256") => load_ecdsa(&P256, key),
            ("ES384", "EC", "P-384") => load_ecdsa(&P384, key),
            ("RS256", "RSA", "") => load_rsa(key),
            _ => None,
        }?;
        Some(Self {
            kid: key.kid.clone(),
            algorithm: key.alg.clone(),
            material,
        })
    }

    /// Tells whether a signature is of a message.
    pub(super) fn verifies(&self, signature: &[u8], message: &[u8]) -> bool {
        match &self.material {
            Material::Ed25519(public) => {
                UnparsedPublicKey::new(&signature::ED25519, public).verify(message, signature)
            }
            // Of two signatures that would both verify only one is taken: that with the
            // smaller s, as every server signs.
            Material::Ecdsa(curve, _) if !has_smaller_s(curve, signature) => return false,
            Material::Ecdsa(curve, point) => {
                UnparsedPublicKey::new(curve.algorithm, point).verify(message, signature)
            }
            Material::Rsa(parts) => {
                parts.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        }
        .is_ok()
    }
}

fn has_smaller_s(curve: &Curve, signature: &[u8]) -> bool {
    signature.len() == 2 * curve.size && &signature[curve.size..] <= curve.half
}

/// Takes a canonical point of prime order: with the identity as the key one signature fits
/// every message.
fn load_ed25519(key: &Jwk) -> Option<Material> {
    let public = decode(&key.x).filter(|_| is_empty([&key.y, &key.n, &key.e]))?;
    let point = CompressedEdwardsY::from_slice(&public).ok()?.decompress()?;
    let is_safe = point.is_torsion_free() && !point.is_small_order();
    (is_safe && point.compress().as_bytes()[..] == public[..]).then_some(Material::Ed25519(public))
}

fn load_ecdsa(curve: &'static Curve, key: &Jwk) -> Option<Material> {
    let (x, y) = (decode(&key.x)?, decode(&key.y)?);
    if !is_empty([&key.n, &key.e]) || x.len() != curve.size || y.len() != curve.size {
        return None;
    }
    let point = [&[4], &x[..], &y[..]].concat();
    // NOTE: the library looks at a point only when it is used. An agreement with a key of a
    // moment uses it, and fails where it is not on the curve.
    let random = ring::rand::SystemRandom::new();
    let moment = EphemeralPrivateKey::generate(curve.agreement, &random).ok()?;
    let other = agreement::UnparsedPublicKey::new(curve.agreement, &point);
    agreement::agree_ephemeral(moment, &other, |_| ()).ok()?;
    Some(Material::Ecdsa(curve, point))
}

fn load_rsa(key: &Jwk) -> Option<Material> {
    let (n, e) = (number(&key.n)?, number(&key.e)?);
    let bits = 8 * n.len() - n.first()?.leading_zeros() as usize;
    let is_good = RSA_BITS.contains(&bits) && n.last()? & 1 == 1 && e == RSA_EXPONENT;
    (is_good && is_empty([&key.x, &key.y]))
        .then_some(Material::Rsa(RsaPublicKeyComponents { n, e }))
}

/// Decodes a number, without zeros before it.
fn number(text: &str) -> Option<Vec<u8>> {
    let data = decode(text)?;
    let begin = data.iter().position(|each| *each != 0)?;
    Some(data[begin..].to_vec())
}

fn is_empty<const COUNT: usize>(members: [&String; COUNT]) -> bool {
    members.iter().all(|member| member.is_empty())
}

#[cfg(test)]
mod tests {
    use base64::prelude::{Engine, BASE64_URL_SAFE_NO_PAD};
    use ring::signature::KeyPair;

    use super::*;

    fn ed25519(x: &[u8]) -> Option<VerifyingKey> {
        VerifyingKey::load(&Jwk {
            kid: "k".into(),
            kty: "OKP".into(),
            alg: "EdDSA".into(),
            r#use: "sig".into(),
            crv: "Ed25519".into(),
            x: BASE64_URL_SAFE_NO_PAD.encode(x),
            ..Jwk::default()
        })
    }

    fn ec(x: &[u8], y: &[u8]) -> Option<VerifyingKey> {
        VerifyingKey::load(&Jwk {
            kid: "k".into(),
            kty: "EC".into(),
            alg: "ES256".into(),
            r#use: "sig".into(),
            crv: "P-256".into(),
            x: BASE64_URL_SAFE_NO_PAD.encode(x),
            y: BASE64_URL_SAFE_NO_PAD.encode(y),
            ..Jwk::default()
        })
    }

    fn generated() -> Vec<u8> {
        let pair = signature::Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        pair.public_key().as_ref().to_vec()
    }

    #[test]
    fn points_of_small_or_mixed_order_are_refused() {
        let mut small = [0; 32];
        assert!(ed25519(&small).is_none(), "order 4");
        small[0] = 1;
        assert!(ed25519(&small).is_none(), "the identity");
        small[31] = 0x80;
        assert!(ed25519(&small).is_none(), "the identity, spelt otherwise");
        let good = generated();
        assert!(ed25519(&good).is_some());
        let point = CompressedEdwardsY::from_slice(&good)
            .unwrap()
            .decompress()
            .unwrap();
        let mixed = point + curve25519_dalek::constants::EIGHT_TORSION[1];
        assert!(ed25519(mixed.compress().as_bytes()).is_none());
        assert!(ed25519(&good[..31]).is_none());
    }

    #[test]
    fn points_that_are_not_on_the_curve_are_refused() {
        let random = ring::rand::SystemRandom::new();
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair =
            signature::EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let key = ec(x, y).unwrap();
        let mut signed = pair.sign(&random, b"m").unwrap().as_ref().to_vec();
        assert_eq!(signed[32..] <= *P256.half, key.verifies(&signed, b"m"));
        signed[32..].fill(0);
        assert!(!key.verifies(&signed, b"m"));
        let mut other = y.to_vec();
        other[31] ^= 1;
        assert!(ec(x, &other).is_none());
        assert!(ec(&[0; 32], &[0; 32]).is_none());
    }
}
