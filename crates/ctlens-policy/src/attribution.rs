use crate::hash::Sha256Hash;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who issued a certificate, and how far that is certain. Never by name: everybody can write any name into a certificate.
///
/// In the order of the evidence, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "attribution", rename_all = "snake_case")]
#[non_exhaustive]
pub enum IssuerAttribution {
    /// The signature of the certificate or precertificate was verified with the issuer's key: this is proof. It is genuine,
    /// logged or not.
    SignatureChecked {
        /// SHA-256 of the issuer's SubjectPublicKeyInfo.
        key_sha256: Sha256Hash,
    },
    /// A precertificate's `issuer_key_hash` (RFC 6962 §3.2), which lies under the leaf hash.
    ///
    /// It is the log's word: the log commits to it and cannot take it back, and an honest log has verified the chain to that
    /// key before (§3.1), so that nobody who submits can forge it. But a log, or a CA together with a log, can write any hash
    /// there. Who does not trust the log for that checks the signature.
    LeafBound {
        /// SHA-256 of the issuer's SubjectPublicKeyInfo.
        key_sha256: Sha256Hash,
    },
    /// A certificate with the same precertificate TBS as a leaf-bound precertificate in the same log, or as anything whose
    /// signature was checked in any.
    Folded {
        /// SHA-256 of the issuer's SubjectPublicKeyInfo.
        key_sha256: Sha256Hash,
    },
    /// What came with the certificate says so (a chain, an unverified entry); nothing was checked.
    Claimed {
        /// SHA-256 of the SubjectPublicKeyInfo that is said to be the issuer's.
        key_sha256: Sha256Hash,
    },
    /// Nothing is known.
    Unknown,
}

impl IssuerAttribution {
    /// The issuer's key where it is certain. Only such a key can satisfy a grant.
    #[must_use]
    pub fn proven_key(&self) -> Option<Sha256Hash> {
        match *self {
            Self::LeafBound { key_sha256 } | Self::Folded { key_sha256 } | Self::SignatureChecked { key_sha256 } => {
                Some(key_sha256)
            }
            Self::Claimed { .. } | Self::Unknown => None,
        }
    }

    /// The issuer's key, certain or not.
    #[must_use]
    pub fn key(&self) -> Option<Sha256Hash> {
        match *self {
            Self::Claimed { key_sha256 } => Some(key_sha256),
            _ => self.proven_key(),
        }
    }

    /// The same statement out of bytes that lie under no signed tree head. A checked signature needs none.
    #[must_use]
    pub fn unverified(self) -> Self {
        match self {
            Self::LeafBound { key_sha256 } | Self::Folded { key_sha256 } => Self::Claimed { key_sha256 },
            other => other,
        }
    }
}

/// `key 7cc3d572… (leaf-bound)`
impl fmt::Display for IssuerAttribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self {
            Self::LeafBound { .. } => "leaf-bound",
            Self::Folded { .. } => "folded",
            Self::SignatureChecked { .. } => "signature checked",
            Self::Claimed { .. } => "claimed",
            Self::Unknown => return f.write_str("unknown issuer"),
        };
        match self.key() {
            Some(key) => write!(f, "key {}… ({how})", key.short()),
            None => f.write_str(how),
        }
    }
}
