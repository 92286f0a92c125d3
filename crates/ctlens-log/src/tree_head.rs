use alloc::{boxed::Box, format, string::String};
use core::{iter, slice};

use base64ct::{Base64, Encoding};
use ctlens_loglist::{KeyKind, LogId, LogKey, UnixMillis, VerifyError};
use ctlens_merkle::{Hash, TreeHead};

use crate::cursor::{Cursor, DecodeError};
use crate::note::{NoteError, SignedNote};
use crate::verifier_key::{VerifierKey, rfc6962_key_id};

/// A tree head with the signature of its log (RFC 6962 §3.5), the statement that a log can be held to.
///
/// It can only be made by verifying the signature. One that was deserialised has not been verified:
/// [`verify`](Self::verify) it.
///
/// The two forms in which logs serve it, `get-sth` of RFC 6962 and the checkpoint of static-ct-api, say the same and can be
/// turned into each other.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SignedTreeHead {
    log_id: LogId,
    timestamp: UnixMillis,
    head: TreeHead,
    #[cfg_attr(feature = "serde", serde(with = "base64_octets"))]
    signature: Box<[u8]>,
}

impl SignedTreeHead {
    /// The tree head with that signature: `tree_size`, `timestamp`, `sha256_root_hash` and `tree_head_signature` of
    /// `get-sth` (RFC 6962 §4.3).
    ///
    /// `signature` is the encoded `digitally-signed` struct: hash algorithm, signature algorithm, two octets of length,
    /// signature.
    ///
    /// # Errors
    /// A signature that is not the log's over exactly this.
    pub fn new(key: &LogKey, timestamp: UnixMillis, head: TreeHead, signature: &[u8]) -> Result<Self, TreeHeadError> {
        let signed = Self { log_id: key.log_id(), timestamp, head, signature: signature.into() };
        signed.verify(key)?;
        Ok(signed)
    }

    /// The tree head in a checkpoint of the log with this origin and key (static-ct-api, "Checkpoints").
    ///
    /// The signature does not cover the origin: two logs that share a key could pass for each other. That the origin is the
    /// name of the key is checked all the same.
    ///
    /// # Errors
    /// As [`SignedNote::verify`].
    pub fn from_checkpoint(note: &[u8], origin: &str, key: &LogKey) -> Result<Self, NoteError> {
        match VerifierKey::rfc6962(origin, key.clone()) {
            Ok(verifier) => Self::from_checkpoint_by(note, &verifier),
            // No note has a signature of such a name.
            Err(_) => {
                let known = (origin, rfc6962_key_id(origin, &key.log_id()));
                Err(SignedNote::parse(note)?.no_known_signature(iter::once(known)))
            }
        }
    }

    /// `verifier` is of type 0x05.
    pub(crate) fn from_checkpoint_by(note: &[u8], verifier: &VerifierKey) -> Result<Self, NoteError> {
        let note = SignedNote::parse(note)?;
        let verified = note.verify(slice::from_ref(verifier))?;
        let tree_head = verified.into_iter().find_map(|signature| signature.tree_head);
        tree_head.ok_or_else(|| note.no_known_signature(iter::once((verifier.name(), verifier.id()))))
    }

    /// Checks the signature again.
    ///
    /// # Errors
    /// [`TreeHeadError::OtherLog`], or a signature that is not of this log over this tree head.
    pub fn verify(&self, key: &LogKey) -> Result<(), TreeHeadError> {
        if self.log_id != key.log_id() {
            return Err(TreeHeadError::OtherLog { expected: key.log_id(), got: self.log_id });
        }
        if self.head.check_empty_root().is_err() {
            return Err(TreeHeadError::EmptyTreeRoot { root: self.head.root });
        }
        verify_digitally_signed(key, &signed_bytes(self.timestamp, &self.head), &self.signature)
    }

    /// The log.
    #[must_use]
    pub fn log_id(&self) -> LogId {
        self.log_id
    }

    /// When the log signed, in its own words.
    #[must_use]
    pub fn timestamp(&self) -> UnixMillis {
        self.timestamp
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// The encoded `digitally-signed` struct.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The same statement as a checkpoint: what static-ct-api makes of a `get-sth` response. The signature does not cover
    /// the origin, so that any will do for which the reader has the key.
    #[must_use]
    pub fn to_checkpoint(&self, origin: &str) -> String {
        let TreeHead { size, root } = self.head;
        let key_id = rfc6962_key_id(origin, &self.log_id);
        let signature = [&key_id, &self.timestamp.0.to_be_bytes()[..], &self.signature].concat();
        let (root, signature) = (Base64::encode_string(root.as_bytes()), Base64::encode_string(&signature));
        format!("{origin}\n{size}\n{root}\n\n\u{2014} {origin} {signature}\n")
    }
}

/// What a log signs for a tree head.
///
/// ```text
/// digitally-signed struct {
///     Version version;                 // v1(0)
///     SignatureType signature_type;    // tree_hash(1)
///     uint64 timestamp;
///     uint64 tree_size;
///     opaque sha256_root_hash[32];
/// } TreeHeadSignature;                 // RFC 6962 §3.5
/// ```
fn signed_bytes(timestamp: UnixMillis, head: &TreeHead) -> [u8; 50] {
    let mut bytes = [0; 50];
    let fields = [&[0, 1][..], &timestamp.0.to_be_bytes(), &head.size.to_be_bytes(), head.root.as_bytes()];
    for (octet, value) in bytes.iter_mut().zip(fields.into_iter().flatten()) {
        *octet = *value;
    }
    bytes
}

/// RFC 5246 §4.7: `SignatureAndHashAlgorithm algorithm; opaque signature<0..2^16-1>`.
fn verify_digitally_signed(key: &LogKey, message: &[u8], signed: &[u8]) -> Result<(), TreeHeadError> {
    let mut cursor = Cursor::new(signed, 0);
    let (hash, algorithm) = (cursor.u8()?, cursor.u8()?);
    let signature = cursor.vector_16()?;
    cursor.end()?;
    // RFC 5246 §7.4.1.4.1: sha256(4), rsa(1), ecdsa(3).
    let expected = match key.kind() {
        KeyKind::Rsa { .. } => [4, 1],
        _ => [4, 3],
    };
    if [hash, algorithm] != expected {
        return Err(TreeHeadError::Algorithm { hash, signature: algorithm });
    }
    Ok(key.verify(message, signature)?)
}

/// Why a tree head is not the statement of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeHeadError {
    /// The tree head names another log than that of the key.
    #[error("the tree head is of log {got}, the key is of log {expected}")]
    OtherLog {
        /// Log of the key.
        expected: LogId,
        /// Log of the tree head.
        got: LogId,
    },
    /// A tree without entries has one root only, the hash of nothing.
    #[error("a tree without entries cannot have the root {root}")]
    EmptyTreeRoot {
        /// The root that is stated.
        root: Hash,
    },
    /// Not a `digitally-signed` struct.
    #[error("the signature is malformed: {0}")]
    Encoding(#[from] DecodeError),
    /// Other algorithms than those that RFC 6962 §2.1.4 gives to a log with such a key.
    #[error("hash algorithm {hash} and signature algorithm {signature} do not go with the log's key")]
    Algorithm {
        /// `HashAlgorithm` of RFC 5246 §7.4.1.4.1; SHA-256 is 4.
        hash: u8,
        /// `SignatureAlgorithm` of the same section; RSA is 1, ECDSA is 3.
        signature: u8,
    },
    /// The signature does not verify, or this build cannot verify it.
    #[error(transparent)]
    Key(#[from] VerifyError),
}

#[cfg(feature = "serde")]
mod base64_octets {
    use alloc::{boxed::Box, string::String};

    use base64ct::{Base64, Encoding};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Base64::encode_string(octets))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<[u8]>, D::Error> {
        let text = String::deserialize(deserializer)?;
        Base64::decode_vec(&text).map(Into::into).map_err(|_| D::Error::custom("not base64"))
    }
}
