use core::iter::FusedIterator;

use ctlens_merkle::{Hash, leaf_hash};

use crate::cursor::{Cursor, DecodeError, DecodeErrorKind};
use crate::entry::{LogEntry, TimestampedEntry};

/// A Merkle tree leaf as the RFC 6962 API gives it: `leaf_input` of `get-entries` (§4.6) after base64.
///
/// ```text
/// struct {
///     Version version;                // v1(0)
///     MerkleLeafType leaf_type;       // timestamped_entry(0)
///     TimestampedEntry;
/// } MerkleTreeLeaf;                   // RFC 6962 §3.4
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MerkleTreeLeaf<'a> {
    timestamped_entry: TimestampedEntry<'a>,
    trailing: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> MerkleTreeLeaf<'a> {
    /// Reads a leaf.
    ///
    /// # Errors
    /// What does not begin with a leaf of version 1. Its hash is that of the bytes all the same: such an entry is
    /// *undecidable*, and it is in the log.
    pub fn from_bytes(leaf_input: &'a [u8]) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(leaf_input, 0);
        let version = cursor.u8()?;
        if version != 0 {
            return Err(DecodeError { kind: DecodeErrorKind::LeafVersion(version), offset: 0 });
        }
        let leaf_type = cursor.u8()?;
        if leaf_type != 0 {
            return Err(DecodeError { kind: DecodeErrorKind::LeafType(leaf_type), offset: 1 });
        }
        let timestamped_entry = TimestampedEntry::read(&mut cursor)?;
        Ok(Self { timestamped_entry, trailing: cursor.rest(), bytes: leaf_input })
    }

    /// What the leaf says.
    #[must_use]
    pub fn timestamped_entry(&self) -> &TimestampedEntry<'a> {
        &self.timestamped_entry
    }

    /// What follows the entry although nothing should. The leaf hash covers it.
    #[must_use]
    pub fn trailing(&self) -> &'a [u8] {
        self.trailing
    }

    /// All of `leaf_input`.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The hash of the leaf: of all of `leaf_input`.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(self.bytes)
    }
}

/// `extra_data` of `get-entries` (RFC 6962 §4.6) after base64: what was submitted with an entry.
///
/// *Nothing here is authenticated.* The leaf hash does not cover it, so that a log, or whoever serves its answers, can put
/// anything here. It may be shown; nothing may be decided by it that was not checked against the entry.
///
/// For a certificate entry it is the `certificate_chain<0..2^24-1>` of §3.1, for a precertificate entry the
/// `pre_certificate<1..2^24-1>` before the `precertificate_chain<0..2^24-1>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtraData<'a> {
    precertificate: Option<&'a [u8]>,
    chain: &'a [u8],
    chain_offset: usize,
}

impl<'a> ExtraData<'a> {
    /// Reads the extra data of an entry; its form depends on the entry's type.
    ///
    /// # Errors
    /// What does not have that form. The entry itself is none the worse for it.
    pub fn from_bytes(entry: &LogEntry<'_>, extra_data: &'a [u8]) -> Result<Self, DecodeError> {
        let mut cursor = Cursor::new(extra_data, 0);
        let precertificate = match entry {
            LogEntry::X509 { .. } => None,
            LogEntry::Precert { .. } => Some(cursor.vector_24()?),
        };
        let chain = cursor.vector_24()?;
        cursor.end()?;
        Ok(Self { precertificate, chain, chain_offset: extra_data.len().saturating_sub(chain.len()) })
    }

    /// The precertificate that was submitted, for a precertificate entry.
    #[must_use]
    pub fn unauthenticated_precertificate(&self) -> Option<&'a [u8]> {
        self.precertificate
    }

    /// The certificates of the issuers that were submitted, the direct issuer first. After an error the iterator ends: the
    /// next certificate cannot be found. Offsets count from the first octet of the extra data.
    #[must_use]
    pub fn unauthenticated_chain(&self) -> impl FusedIterator<Item = Result<&'a [u8], DecodeError>> + use<'a> {
        let mut cursor = Cursor::new(self.chain, self.chain_offset);
        core::iter::from_fn(move || {
            if cursor.rest().is_empty() {
                return None;
            }
            let certificate = cursor.vector_24();
            if certificate.is_err() {
                cursor = Cursor::new(&[], cursor.offset());
            }
            Some(certificate)
        })
        .fuse()
    }
}
