//! P-256 keys from a seed.

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::elliptic_curve::sec1::ToSec1Point;

use crate::der;
use crate::multiples::{Multiples, r_of, reduce};
use crate::rng::Rng;
use crate::tree::sha256;

/// A P-256 key pair that anybody can compute from its seed. Never use it outside tests and demonstrations.
#[derive(Clone, Debug)]
pub struct Key {
    signing: SigningKey,
    spki: Vec<u8>,
    nonces: Nonces,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nonces {
    Rfc6979,
    Tables,
}

impl Key {
    /// The key of a seed and a label; another label is another key.
    #[must_use]
    pub fn new(seed: u64, label: &str) -> Self {
        let mut rng = Rng::new(seed, &format!("key {label}"));
        loop {
            // A scalar of 0 or above the group's order is next to impossible: draw again.
            if let Some(key) = Self::from_scalar(&rng.octets()) {
                return key;
            }
        }
    }

    /// The key of a big-endian private scalar, or `None` if it is 0 or not below the group's order.
    #[must_use]
    pub fn from_scalar(scalar: &[u8; 32]) -> Option<Self> {
        SigningKey::from_slice(scalar).ok().map(Self::from_signing_key)
    }

    fn from_signing_key(signing: SigningKey) -> Self {
        let spki = spki_of_point(signing.verifying_key().to_sec1_point(false).as_bytes());
        Self { signing, spki, nonces: Nonces::Rfc6979 }
    }

    /// The same key, which signs several times faster: its nonces are a function of key and message too, but come from
    /// [`Multiples`] and not from RFC 6979. A verifier sees no difference.
    pub(crate) fn with_quick_nonces(self) -> Self {
        Self { nonces: Nonces::Tables, ..self }
    }

    /// The SubjectPublicKeyInfo of some key that nobody signs with, several times faster than making the key.
    pub(crate) fn quick_spki(seed: u64, label: &str) -> Vec<u8> {
        let (_, point) = Multiples::tables().chosen_by(&Rng::new(seed, &format!("key {label}")).octets());
        spki_of_point(point.to_sec1_point(false).as_bytes())
    }

    /// The SubjectPublicKeyInfo, DER.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of the SubjectPublicKeyInfo: a log's id, an issuer's key hash (RFC 6962 §3.2).
    #[must_use]
    pub fn spki_sha256(&self) -> [u8; 32] {
        sha256(&self.spki)
    }

    /// The DER `ECDSA-Sig-Value` of the message under SHA-256, with the nonce of RFC 6979: the same every time.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = match self.nonces {
            Nonces::Rfc6979 => self.signing.sign(message),
            Nonces::Tables => self.sign_with_tables(message),
        };
        signature.to_der().as_bytes().to_vec()
    }

    /// FIPS 186-5 §6.4.1: s = k^-1 (z + r d).
    fn sign_with_tables(&self, message: &[u8]) -> Signature {
        let hash = sha256(message);
        let (k, point) = Multiples::tables().chosen_by(&sha256(&[&self.signing.to_bytes()[..], &hash].concat()));
        let r = r_of(&point);
        let inverse = k.invert_vartime().expect("a sum of table entries is not 0");
        let s = inverse * (reduce(&hash) + r * self.signing.as_nonzero_scalar().as_ref());
        Signature::from_scalars(r, s).expect("neither is 0")
    }

    /// Whether a DER signature over the message is of this key.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key: &VerifyingKey = self.signing.verifying_key();
        Signature::from_der(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
    }
}

/// RFC 5480 §2: id-ecPublicKey with the named curve secp256r1; the point is uncompressed.
fn spki_of_point(point: &[u8]) -> Vec<u8> {
    let algorithm = der::sequence(&[der::oid("1.2.840.10045.2.1"), der::oid("1.2.840.10045.3.1.7")]);
    der::sequence(&[algorithm, der::bit_string(point)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(hex: &str) -> [u8; 32] {
        std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
    }

    /// RFC 6979 §A.2.5, P-256 with SHA-256, message "sample".
    #[test]
    fn signatures_are_those_of_rfc6979() {
        let key =
            Key::from_scalar(&octets("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")).unwrap();
        let x = octets("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
        let y = octets("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
        assert_eq!(key.spki_der().len(), 91);
        assert_eq!(key.spki_der()[26..], [&[0x04], &x[..], &y[..]].concat());
        let r = octets("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
        let s = octets("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
        let expected = der::sequence(&[der::unsigned_integer(&r), der::unsigned_integer(&s)]);
        assert_eq!(key.sign(b"sample"), expected);
        assert!(key.verifies(b"sample", &expected));
        assert!(!key.verifies(b"simple", &expected));
    }

    #[test]
    fn a_key_is_a_function_of_seed_and_label() {
        assert_eq!(Key::new(1, "a").spki_der(), Key::new(1, "a").spki_der());
        assert_ne!(Key::new(1, "a").spki_der(), Key::new(2, "a").spki_der());
        assert_ne!(Key::new(1, "a").spki_der(), Key::new(1, "b").spki_der());
        assert!(Key::from_scalar(&[0; 32]).is_none());
        assert!(Key::from_scalar(&[0xff; 32]).is_none());
    }

    #[test]
    fn quick_nonces_give_valid_signatures_that_depend_on_key_and_message() {
        let key = Key::new(1, "a").with_quick_nonces();
        let signatures: Vec<Vec<u8>> = (0..50u8).map(|number| key.sign(&[number])).collect();
        for (number, signature) in (0..50u8).zip(&signatures) {
            assert!(Key::new(1, "a").verifies(&[number], signature));
            assert!(!key.verifies(&[number, 0], signature));
            assert_eq!(*signature, key.sign(&[number]));
        }
        let r = |signature: &[u8]| der::take(&mut der::take(&mut &signature[..]).1).1.to_vec();
        let mut distinct: Vec<Vec<u8>> = signatures.iter().map(|signature| r(signature)).collect();
        distinct.push(r(&Key::new(1, "b").with_quick_nonces().sign(&[0])));
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), 51);
    }
}
