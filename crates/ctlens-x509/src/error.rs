use crate::tlv::{Reader, Tlv};
use core::fmt;

/// What could not be read, and where.
///
/// `offset` counts octets from the first octet of the slice that was given to the `from_der` or reader which failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at offset {offset}")]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where it is wrong, in octets.
    pub offset: usize,
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// The same error, seen from a slice that begins `by` octets earlier.
    pub(crate) fn moved(self, by: usize) -> Self {
        Self { offset: self.offset.saturating_add(by), ..self }
    }
}

/// The kinds of damage that stop a decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum ErrorKind {
    /// The slice ends before the identifier and length octets do.
    TruncatedHeader,
    /// A length points beyond the enclosing element.
    LengthBeyondEnd {
        /// Octets that the length octets announce.
        announced: usize,
        /// Octets that are there.
        available: usize,
    },
    /// The indefinite form (`80`), which DER forbids (X.690 §10.1) and which this crate does not follow.
    IndefiniteLength,
    /// The reserved length octet `ff` (X.690 §8.1.3.5), or a length that no address space holds.
    LengthTooLarge,
    /// A tag number of more than four octets.
    TagTooLarge,
    /// Another element than the syntax allows here.
    UnexpectedTag {
        /// The identifier octet that the syntax asks for.
        expected: u8,
        /// The identifier octet that is there.
        found: u8,
    },
    /// Octets after the last element that the syntax allows here.
    TrailingData,
    /// A second instance of an extension (RFC 5280 §4.2 allows one).
    DuplicateExtension,
    /// A value that is not a time of RFC 5280 §4.1.2.5.
    InvalidTime,
    /// Contents that are no value of their type, or none that the field can hold: an INTEGER without octets, a negative
    /// path length, a BIT STRING without its count of unused bits.
    InvalidValue,
    /// A string with octets that its type does not have.
    InvalidText,
    /// More than 4 GiB.
    TooLarge,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TruncatedHeader => f.write_str("identifier or length octets cut off"),
            Self::LengthBeyondEnd { announced, available } => {
                write!(f, "length of {announced} octets where {available} are left")
            }
            Self::IndefiniteLength => f.write_str("indefinite length"),
            Self::LengthTooLarge => f.write_str("length too large"),
            Self::TagTooLarge => f.write_str("tag number too large"),
            Self::UnexpectedTag { expected, found } => {
                write!(f, "tag {found:#04x} where {expected:#04x} is expected")
            }
            Self::TrailingData => f.write_str("trailing data"),
            Self::DuplicateExtension => f.write_str("second instance of an extension"),
            Self::InvalidTime => f.write_str("not a time of RFC 5280"),
            Self::InvalidValue => f.write_str("not a value of this field"),
            Self::InvalidText => f.write_str("octets that this type of string does not have"),
            Self::TooLarge => f.write_str("more than 4 GiB"),
        }
    }
}

/// Octets that could not be walked: where a name may hide, so that "nothing found" would be a claim too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{error} ({} octets from offset {offset} not decoded)", octets.len())]
#[non_exhaustive]
pub struct Undecodable<'a> {
    /// Why the walk ended here.
    pub error: Error,
    /// All that was passed over.
    pub octets: &'a [u8],
    /// Where the octets begin, in octets from the start of the TBS certificate.
    pub offset: usize,
}

impl<'a> Undecodable<'a> {
    /// All that `left` has not read.
    #[cold]
    pub(crate) fn rest(error: Error, left: Reader<'a>) -> Self {
        Self { error, octets: left.rest(), offset: left.offset() }
    }

    /// An element that was read, and then not understood.
    #[cold]
    pub(crate) fn element(error: Error, element: Tlv<'a>) -> Self {
        Self { error, octets: element.as_bytes(), offset: element.offset() }
    }
}
