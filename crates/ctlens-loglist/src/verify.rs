use crate::key::{KeyKind, LogKey};
use crate::spki::Material;
use p256::ecdsa::Signature;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
#[cfg(feature = "rsa")]
use rsa::Pkcs1v15Sign;
use sha2::{Digest, Sha256};

impl LogKey {
    /// Verifies the log's signature over `message`, which is hashed with SHA-256 here.
    ///
    /// `signature` is the `signature` field of an SCT or tree head (RFC 6962 §2.1.4): the DER of an ECDSA-Sig-Value for
    /// a P-256 key, the octets of RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) for an RSA key. DER is strict. A high `s` is as good
    /// as a low one: logs use either.
    ///
    /// It takes variable time: nothing in it is secret.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        self.verify_digest(&Sha256::digest(message).into(), signature)
    }

    /// The same for a message whose SHA-256 is known, so that a long message need not lie in one piece.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify_digest(&self, sha256: &[u8; 32], signature: &[u8]) -> Result<(), VerifyError> {
        match &self.material {
            Material::P256(key) => {
                let signature = Signature::from_der(signature).map_err(|_| VerifyError::SignatureEncoding)?;
                key.verify_prehash(sha256, &signature).map_err(|_| VerifyError::Mismatch)
            }
            #[cfg(feature = "rsa")]
            Material::Rsa { key: Some(key), .. } => {
                key.verify(Pkcs1v15Sign::new::<Sha256>(), sha256, signature).map_err(|_| VerifyError::Mismatch)
            }
            Material::Rsa { .. } => Err(VerifyError::UnsupportedKey(self.kind())),
        }
    }
}

/// Why a signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Nothing is verified with a key of this kind: RSA without the feature `rsa`, or with a modulus of more than 8192
    /// bits, an even modulus, or an exponent of more than 33 bits. Nothing is known about the signature.
    #[error("signatures of this {0} key cannot be verified by this build")]
    UnsupportedKey(KeyKind),
    /// Not a signature of the key's kind: for ECDSA, not the DER of two integers between 1 and the group order.
    #[error("not the DER of an ECDSA signature")]
    SignatureEncoding,
    /// A signature of another message or of another key.
    #[error("the signature does not belong to this message and key")]
    Mismatch,
}
