use core::iter::FusedIterator;

use ctlens_merkle::Hash;

use crate::cursor::{Cursor, DecodeError, DecodeErrorKind};
use crate::entry::TimestampedEntry;

/// An entry of a static-ct data tile (static-ct-api, "Log entries"), borrowed from the tile.
///
/// ```text
/// struct {
///     TimestampedEntry timestamped_entry;                // all that the leaf hash covers
///     select (entry_type) {
///         case x509_entry: Empty;
///         case precert_entry: ASN.1Cert pre_certificate; // outside the leaf hash
///     };
///     Fingerprint certificate_chain<0..2^16-1>;          // outside the leaf hash
/// } TileLeaf;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileLeaf<'a> {
    timestamped_entry: TimestampedEntry<'a>,
    precertificate: Option<&'a [u8]>,
    chain: &'a [u8],
    chain_offset: usize,
    bytes: &'a [u8],
}

impl<'a> TileLeaf<'a> {
    #[inline]
    fn read(cursor: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let (start, all) = (cursor.offset(), cursor.rest());
        let timestamped_entry = TimestampedEntry::read(cursor)?;
        let precertificate = match timestamped_entry.entry {
            crate::LogEntry::X509 { .. } => None,
            crate::LogEntry::Precert { .. } => Some(cursor.vector_24()?),
        };
        let chain = cursor.vector_16()?;
        let octets = cursor.offset().saturating_sub(start);
        let chain_offset = octets.saturating_sub(chain.len());
        Ok(Self { timestamped_entry, precertificate, chain, chain_offset, bytes: all.get(..octets).unwrap_or(all) })
    }

    /// What the leaf hash covers.
    #[inline]
    #[must_use]
    pub fn timestamped_entry(&self) -> &TimestampedEntry<'a> {
        &self.timestamped_entry
    }

    /// The encoded `TileLeaf`.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The part of the Merkle tree leaf that stands in the tile: the leaf is two octets of zero and these.
    #[inline]
    #[must_use]
    pub fn leaf_bytes(&self) -> &'a [u8] {
        self.timestamped_entry.as_bytes()
    }

    /// The hash of the Merkle tree leaf.
    #[inline]
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        self.timestamped_entry.leaf_hash()
    }

    /// The precertificate that was submitted, for a precertificate entry.
    ///
    /// The leaf hash does not cover it: a log, or whoever serves its tiles, can put anything here. It may be shown, and it
    /// may decide only after its TBSCertificate without the poison was found equal to that of the entry.
    #[inline]
    #[must_use]
    pub fn unauthenticated_precertificate(&self) -> Option<&'a [u8]> {
        self.precertificate
    }

    /// The SHA-256 fingerprints of the issuers' certificates that were submitted, the direct issuer first. Each names a
    /// file below `issuer/`.
    ///
    /// The leaf hash does not cover them: a log, or whoever serves its tiles, can put anything here.
    ///
    /// # Errors
    /// Octets that are not a whole number of fingerprints. The entry is none the worse for it. The offset counts from the
    /// first octet of [`as_bytes`](Self::as_bytes).
    pub fn unauthenticated_chain(&self) -> Result<&'a [[u8; 32]], DecodeError> {
        match self.chain.as_chunks() {
            (fingerprints, []) => Ok(fingerprints),
            _ => {
                let kind = DecodeErrorKind::FingerprintsLength { octets: self.chain.len() };
                Err(DecodeError { kind, offset: self.chain_offset })
            }
        }
    }
}

/// The entries of a data tile in their order.
///
/// Entries do not say how long they are as a whole, so where one cannot be decoded the next one cannot be found. The iterator
/// then gives one error that says how much was left, and ends.
///
/// The entries are *not verified*: they are what a server sent.
#[derive(Debug, Clone)]
pub struct TileLeaves<'a> {
    cursor: Cursor<'a>,
    entry: usize,
}

impl<'a> TileLeaves<'a> {
    /// The entries in the bytes of a tile.
    #[inline]
    #[must_use]
    pub fn new(tile: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(tile, 0), entry: 0 }
    }

    /// The octets that were not read yet; after an error, none.
    #[inline]
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.cursor.rest()
    }

    #[cold]
    fn fail(&mut self, error: DecodeError, undecoded: usize) -> TileLeafError {
        self.cursor = Cursor::new(&[], self.cursor.offset());
        TileLeafError { error, entry: self.entry, undecoded }
    }
}

impl<'a> Iterator for TileLeaves<'a> {
    type Item = Result<TileLeaf<'a>, TileLeafError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let undecoded = self.cursor.rest().len();
        if undecoded == 0 {
            return None;
        }
        match TileLeaf::read(&mut self.cursor) {
            Ok(leaf) => {
                self.entry = self.entry.saturating_add(1);
                Some(Ok(leaf))
            }
            Err(error) => Some(Err(self.fail(error, undecoded))),
        }
    }
}

impl FusedIterator for TileLeaves<'_> {}

/// Where a data tile stops making sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entry {entry} of the tile: {error} ({undecoded} octets not decoded)")]
#[non_exhaustive]
pub struct TileLeafError {
    /// What is wrong; the offset counts from the first octet of the tile.
    pub error: DecodeError,
    /// The entry that cannot be decoded, from 0. What follows it cannot be found.
    pub entry: usize,
    /// The octets of the tile from the beginning of that entry on.
    pub undecoded: usize,
}
