use core::fmt;

/// What is wrong with name constraints, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at offset {offset})")]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ConstraintError {
    /// What is wrong.
    pub kind: ConstraintErrorKind,
    /// Where, in octets from the start of the CA's TBS certificate.
    pub offset: usize,
}

impl ConstraintError {
    #[cold]
    pub(crate) fn new(kind: ConstraintErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

impl From<ctlens_x509::Error> for ConstraintError {
    fn from(error: ctlens_x509::Error) -> Self {
        Self::new(ConstraintErrorKind::Undecodable(error.kind), error.offset)
    }
}

/// What is wrong with name constraints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ConstraintErrorKind {
    /// The extension, or a subtree of it, is damaged, or there are two extensions. A minimum that is not 0 is an invalid
    /// value, a maximum is trailing data: RFC 5280 §4.2.1.10 gives neither a meaning.
    Undecodable(ctlens_x509::ErrorKind),
    /// Neither permitted nor excluded subtrees, or a list without a subtree.
    Empty,
    /// A base with a tag that GeneralName does not have.
    UnknownTag {
        /// Its identifier octet.
        found: u8,
    },
    /// No domain name: RFC 5280 knows no wildcard here and no dot at the end.
    DomainName,
    /// No host, domain or mailbox of e-mail.
    Mailbox,
    /// Neither 8 nor 32 octets.
    AddressLength {
        /// How many there are.
        octets: usize,
    },
    /// A mask with ones behind a zero (RFC 4632 §5.1).
    Mask,
    /// A directoryName that is no name.
    DirectoryName,
    /// A form of names for which there are no rules here: otherName, x400Address, ediPartyName, registeredID.
    UnsupportedForm,
    /// More comparisons than allowed: see [`Constraints::WORK_LIMIT`](crate::Constraints::WORK_LIMIT).
    WorkLimit {
        /// How many names of the certificate are of a form that is constrained.
        names: usize,
        /// How many subtrees there are.
        subtrees: usize,
        /// How many comparisons that makes.
        comparisons: u64,
        /// How many are allowed.
        limit: u64,
    },
}

impl fmt::Display for ConstraintErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable(kind) => write!(f, "name constraints: {kind}"),
            Self::Empty => f.write_str("name constraints without a subtree"),
            Self::UnknownTag { found } => write!(f, "subtree with the tag {found:#04x}, which no name has"),
            Self::DomainName => f.write_str("subtree that is no domain name"),
            Self::Mailbox => f.write_str("subtree that is no host, domain or mailbox"),
            Self::AddressLength { octets } => write!(f, "iPAddress subtree of {octets} octets: expected 8 or 32"),
            Self::Mask => f.write_str("iPAddress subtree with ones behind a zero in its mask"),
            Self::DirectoryName => f.write_str("directoryName subtree that is no name"),
            Self::UnsupportedForm => f.write_str("subtree of a form that has no rules here"),
            Self::WorkLimit { names, subtrees, comparisons, limit } => {
                write!(f, "{names} names under {subtrees} subtrees: {comparisons} comparisons, {limit} allowed")
            }
        }
    }
}
