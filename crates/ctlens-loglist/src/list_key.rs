use crate::key::{KeyError, KeyKind, LogKey};
use crate::verify::VerifyError;
use alloc::string::String;
use base64ct::{Base64, Encoding};

/// The RSA key with which the publisher of a log list signs it.
///
/// Chrome's list comes with a detached signature, `log_list.sig`: RSASSA-PKCS1-v1_5 with SHA-256 over the octets of
/// `log_list.json`. The key is published beside it as `log_list_pubkey.pem`. No key is built in: get it by a way that you
/// trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListKey(LogKey);

impl ListKey {
    /// Reads a SubjectPublicKeyInfo in strict DER.
    ///
    /// # Errors
    /// As [`LogKey::from_spki_der`], and another algorithm than RSA.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let key = LogKey::from_spki_der(der)?;
        match key.kind() {
            KeyKind::Rsa { .. } => Ok(Self(key)),
            // Behind SEQUENCE, SEQUENCE and OBJECT IDENTIFIER, each with a length of one octet.
            KeyKind::EcdsaP256 => Err(KeyError::UnsupportedAlgorithm { offset: 6 }),
        }
    }

    /// Reads the first `PUBLIC KEY` of a PEM text (RFC 7468 §13).
    ///
    /// # Errors
    /// As [`from_spki_der`](Self::from_spki_der), and a text without such a block.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (_, block) = pem.split_once("-----BEGIN PUBLIC KEY-----").ok_or(KeyError::NotPem)?;
        let (block, _) = block.split_once("-----END PUBLIC KEY-----").ok_or(KeyError::NotPem)?;
        let base64: String = block.split_ascii_whitespace().collect();
        Self::from_spki_der(&Base64::decode_vec(&base64).map_err(|_| KeyError::NotPem)?)
    }

    /// Verifies the detached signature over the octets of a list.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify(&self, list: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        self.0.verify(list, signature)
    }
}
