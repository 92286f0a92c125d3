use core::fmt;

/// Reads the presentation language of TLS (RFC 5246 §4) from the front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    /// `offset` is where `bytes` begin in what the caller was given.
    #[inline]
    pub(crate) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, offset }
    }

    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    #[inline]
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    #[inline]
    pub(crate) fn take(&mut self, octets: usize) -> Result<&'a [u8], DecodeError> {
        let Some((taken, rest)) = self.rest.split_at_checked(octets) else {
            return Err(self.truncated(octets));
        };
        self.advance(rest, octets);
        Ok(taken)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], DecodeError> {
        let Some((array, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.truncated(N));
        };
        self.advance(rest, N);
        Ok(array)
    }

    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8, DecodeError> {
        let [octet] = *self.array()?;
        Ok(octet)
    }

    #[inline]
    pub(crate) fn u16(&mut self) -> Result<u16, DecodeError> {
        Ok(u16::from_be_bytes(*self.array()?))
    }

    #[inline]
    pub(crate) fn u64(&mut self) -> Result<u64, DecodeError> {
        Ok(u64::from_be_bytes(*self.array()?))
    }

    /// `opaque<0..2^16-1>`.
    #[inline]
    pub(crate) fn vector_16(&mut self) -> Result<&'a [u8], DecodeError> {
        let octets = self.u16()?;
        self.take(usize::from(octets))
    }

    /// `opaque<0..2^24-1>`.
    #[inline]
    pub(crate) fn vector_24(&mut self) -> Result<&'a [u8], DecodeError> {
        let [high, middle, low] = *self.array()?;
        let octets = u32::from_be_bytes([0, high, middle, low]);
        self.take(usize::try_from(octets).unwrap_or(usize::MAX))
    }

    pub(crate) fn end(&self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            octets => Err(DecodeError { kind: DecodeErrorKind::TrailingData { octets }, offset: self.offset }),
        }
    }

    #[inline]
    fn advance(&mut self, rest: &'a [u8], octets: usize) {
        self.rest = rest;
        self.offset = self.offset.saturating_add(octets);
    }

    #[cold]
    fn truncated(&self, wanted: usize) -> DecodeError {
        let available = self.rest.len();
        DecodeError { kind: DecodeErrorKind::Truncated { wanted, available }, offset: self.offset }
    }
}

/// What part of a log's answer could not be decoded, and where.
///
/// `offset` counts octets from the first one that the decoder was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at offset {offset}")]
#[non_exhaustive]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// Where it is wrong, in octets.
    pub offset: usize,
}

/// The kinds of damage in TLS-encoded structures of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The bytes end before the field does.
    Truncated {
        /// Octets of the field.
        wanted: usize,
        /// Octets that are there.
        available: usize,
    },
    /// Octets after the last field.
    TrailingData {
        /// How many.
        octets: usize,
    },
    /// A `LogEntryType` other than `x509_entry` (0) and `precert_entry` (1). What it consists of is not known, so nothing
    /// behind it can be found.
    EntryType(u16),
    /// A version of `MerkleTreeLeaf` other than v1 (0).
    LeafVersion(u8),
    /// A `MerkleLeafType` other than `timestamped_entry` (0).
    LeafType(u8),
    /// A second extension of the same type; static-ct-api forbids it.
    DuplicateExtension(u8),
    /// A `leaf_index` that does not have five octets.
    LeafIndexLength {
        /// How many it has.
        octets: usize,
    },
    /// A list of fingerprints whose length is no multiple of 32.
    FingerprintsLength {
        /// The length.
        octets: usize,
    },
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { wanted, available } => write!(f, "{wanted} octets expected, {available} left"),
            Self::TrailingData { octets } => write!(f, "{octets} octets after the last field"),
            Self::EntryType(entry_type) => write!(f, "unknown entry type {entry_type}"),
            Self::LeafVersion(version) => write!(f, "unknown leaf version {version}"),
            Self::LeafType(leaf_type) => write!(f, "unknown leaf type {leaf_type}"),
            Self::DuplicateExtension(extension_type) => write!(f, "second extension of type {extension_type}"),
            Self::LeafIndexLength { octets } => write!(f, "leaf index of {octets} octets instead of 5"),
            Self::FingerprintsLength { octets } => write!(f, "{octets} octets of fingerprints of 32 octets each"),
        }
    }
}
