//! P-256 keys from a seed.

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

use crate::der;
use crate::rng::Rng;
use crate::tree::sha256;

/// A P-256 key pair that anybody can compute from its seed. Never use it outside tests and demonstrations.
#[derive(Clone, Debug)]
pub struct Key {
    signing: SigningKey,
    spki: Vec<u8>,
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
        let point = signing.verifying_key().to_sec1_point(false);
        // RFC 5480 §2: id-ecPublicKey with the named curve secp256r1; the point is uncompressed.
        let algorithm = der::sequence(&[der::oid("1.2.840.10045.2.1"), der::oid("1.2.840.10045.3.1.7")]);
        let spki = der::sequence(&[algorithm, der::bit_string(point.as_ref())]);
        Self { signing, spki }
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
        let signature: Signature = self.signing.sign(message);
        signature.to_der().as_bytes().to_vec()
    }

    /// Whether a DER signature over the message is of this key.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key: &VerifyingKey = self.signing.verifying_key();
        Signature::from_der(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
    }
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
}
