use crate::id::LogId;
use crate::spki::Material;
use alloc::boxed::Box;
use core::fmt;
use sha2::{Digest, Sha256};

/// The public key of a log, checked and ready to verify.
///
/// RFC 6962 §2.1.4 gives a log ECDSA on NIST P-256 or RSA of at least 2048 bits, both with SHA-256. Without the
/// feature `rsa` an RSA key is recognised, and a verification answers
/// [`VerifyError::UnsupportedKey`](crate::VerifyError::UnsupportedKey).
#[derive(Clone)]
pub struct LogKey {
    id: LogId,
    spki: Box<[u8]>,
    pub(crate) material: Material,
}

impl LogKey {
    /// Reads a SubjectPublicKeyInfo in strict DER, the form of the `key` field of log lists after base64.
    ///
    /// # Errors
    /// Bytes that are not that structure, an algorithm or curve that no log may use, a point that is not on the curve,
    /// an RSA modulus of less than 2048 bits.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let material = Material::from_spki_der(der)?;
        Ok(Self { id: log_id(der), spki: der.into(), material })
    }

    /// The id of the log that has this key: SHA-256 of the SubjectPublicKeyInfo (RFC 6962 §3.2).
    #[inline]
    #[must_use]
    pub fn log_id(&self) -> LogId {
        self.id
    }

    /// The bytes that [`from_spki_der`](Self::from_spki_der) was given.
    #[must_use]
    pub fn as_spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// Algorithm and strength.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.material.kind()
    }
}

pub(crate) fn log_id(spki_der: &[u8]) -> LogId {
    LogId(Sha256::digest(spki_der).into())
}

impl PartialEq for LogKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl Eq for LogKey {}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogKey").field("id", &self.id).field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// The kinds of keys that RFC 6962 §2.1.4 gives to logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum KeyKind {
    /// ECDSA on NIST P-256.
    EcdsaP256,
    /// RSA with PKCS#1 v1.5 signatures.
    Rsa {
        /// Size of the modulus, in bits.
        bits: u32,
    },
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EcdsaP256 => f.write_str("ECDSA P-256"),
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
        }
    }
}

/// Why bytes are not the key of a log. Offsets count octets from the first of the SubjectPublicKeyInfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not a SubjectPublicKeyInfo in strict DER.
    #[error("not a SubjectPublicKeyInfo in DER, at offset {offset}")]
    Malformed {
        /// The element, or its content, that is wrong.
        offset: usize,
    },
    /// Neither ECDSA nor RSA.
    #[error("no log may use the algorithm at offset {offset}")]
    UnsupportedAlgorithm {
        /// The content of the algorithm's OBJECT IDENTIFIER.
        offset: usize,
    },
    /// Another curve than P-256.
    #[error("no log may use the curve at offset {offset}")]
    UnsupportedCurve {
        /// The content of the curve's OBJECT IDENTIFIER.
        offset: usize,
    },
    /// The coordinates are not a point of P-256.
    #[error("the point is not on the curve")]
    NotOnCurve,
    /// Not the PEM of a public key (RFC 7468 §13).
    #[error("not the PEM of a public key")]
    NotPem,
    /// An RSA modulus of less than 2048 bits.
    #[error("RSA modulus of {bits} bits, at least 2048 are required")]
    WeakRsa {
        /// Size of the modulus, in bits.
        bits: u32,
    },
}
