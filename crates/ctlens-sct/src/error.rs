use core::fmt;

/// What could not be read, and where.
///
/// `offset` counts octets from the first octet of the slice that was decoded; for a list that was taken
/// [out of a certificate](crate::SctList::embedded), from the first octet of its TBSCertificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind} at offset {offset}")]
#[non_exhaustive]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Where, in octets.
    pub offset: usize,
}

impl Error {
    #[cold]
    pub(crate) fn new(kind: ErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

impl From<ctlens_x509::Error> for Error {
    fn from(error: ctlens_x509::Error) -> Self {
        Self::new(ErrorKind::Der(error.kind), error.offset)
    }
}

/// The kinds of damage in a list of SCTs, in one SCT, and in the extensions of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The list: the extension that carries it, or the OCTET STRING inside that, cannot be read.
    Der(ctlens_x509::ErrorKind),
    /// The list: something follows the inner OCTET STRING.
    TrailingAfterOctetString {
        /// How many octets.
        octets: usize,
    },
    /// The list: its length field does not say how much there is.
    ListLength {
        /// What it says, in octets.
        stated: usize,
        /// What there is, in octets.
        present: usize,
    },
    /// The list: a second one in the same OCSP response, for the same certificate.
    DuplicateList,
    /// The list: no SCT in it.
    EmptyList,
    /// The list: an item of no octets.
    EmptyItem,
    /// The list: an item that would go beyond its end.
    ItemBeyondEnd {
        /// The item's length field, in octets.
        stated: usize,
        /// What is left of the list, in octets.
        left: usize,
    },
    /// One SCT: of a version that is not v1, which has the number 0. Nothing of it but its length is known.
    UnsupportedVersion {
        /// The version's number.
        version: u8,
    },
    /// One SCT: octets behind the signature.
    TrailingInSct {
        /// How many.
        octets: usize,
    },
    /// One SCT: extensions that have no encoding.
    ExtensionsLength {
        /// How many octets.
        octets: usize,
    },
    /// Anywhere: a field that is cut off.
    Truncated {
        /// How many octets it has, as far as is known.
        wanted: usize,
        /// How many are there.
        available: usize,
    },
    /// The extensions of one SCT: a `leaf_index` that has not 5 octets.
    LeafIndexLength {
        /// How many it has.
        octets: usize,
    },
    /// The extensions of one SCT: a second `leaf_index`.
    DuplicateLeafIndex,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Der(kind) => write!(f, "list of SCTs: {kind}"),
            Self::TrailingAfterOctetString { octets } => {
                write!(f, "list of SCTs: {octets} octets behind the inner OCTET STRING")
            }
            Self::ListLength { stated, present } => {
                write!(f, "list of SCTs: length of {stated} octets where there are {present}")
            }
            Self::DuplicateList => f.write_str("second list of SCTs"),
            Self::EmptyList => f.write_str("list of SCTs: empty"),
            Self::EmptyItem => f.write_str("list of SCTs: empty item"),
            Self::ItemBeyondEnd { stated, left } => {
                write!(f, "list of SCTs: item of {stated} octets where {left} are left")
            }
            Self::UnsupportedVersion { version } => write!(f, "SCT of the unknown version {version}"),
            Self::TrailingInSct { octets } => write!(f, "{octets} octets behind the signature"),
            Self::ExtensionsLength { octets } => write!(f, "extensions of {octets} octets, at most 65535 are possible"),
            Self::Truncated { wanted, available } => write!(f, "field of {wanted} octets where {available} are left"),
            Self::LeafIndexLength { octets } => write!(f, "leaf_index of {octets} octets instead of 5"),
            Self::DuplicateLeafIndex => f.write_str("second leaf_index"),
        }
    }
}
