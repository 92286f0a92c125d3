use core::fmt;

use ctlens_x509::{GeneralName, GeneralNameKind};

use crate::constraints::ConstraintError;
use crate::hit::{Source, write_quoted};

/// A name of a certificate that the name constraints of a CA above it do not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal<'k, 'c> {
    /// Which field of the certificate. [`Source::Subject`] is the distinguished name or an emailAddress in it.
    pub source: Source,
    /// The octets of the name, undecoded.
    pub octets: &'c [u8],
    /// Where the octets begin, in octets from the start of the certificate's TBS.
    pub offset: usize,
    /// As which form of name it is constrained, `None` where the octets could be names of any form.
    pub form: Option<GeneralNameKind>,
    /// Why it is not allowed.
    pub reason: RefusalReason<'k>,
}

/// Why name constraints do not allow a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalReason<'k> {
    /// It lies in an excluded subtree; or it is a wildcard for a name there; or it cannot be told from one there (a
    /// directoryName whose letters compare only after a normalisation that is not done here).
    Excluded(Subtree<'k>),
    /// There are permitted subtrees of its form, and none certainly holds all of it.
    NotPermitted {
        /// How many there are.
        subtrees: usize,
    },
    /// It is no name of its form, so that nobody can say where it lies.
    InvalidName,
    /// A subtree of its form cannot be used (RFC 5280 §4.2.1.10: the application processes the constraint or rejects the
    /// certificate).
    Unusable {
        /// The subtree.
        subtree: Subtree<'k>,
        /// What is wrong with it.
        error: ConstraintError,
    },
    /// Octets of the certificate that cannot be walked: any name may be in them.
    Undecodable(ctlens_x509::Error),
}

/// A subtree of name constraints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subtree<'k> {
    /// Which of the two lists it stands in.
    pub list: SubtreeList,
    /// Its base. Its index is its place in its list, from 0; its offset counts from the start of the CA's TBS.
    pub base: GeneralName<'k>,
}

/// A list of subtrees (RFC 5280 §4.2.1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum SubtreeList {
    /// permittedSubtrees
    Permitted,
    /// excludedSubtrees
    Excluded,
}

/// In one line of bounded length, without control characters.
impl fmt::Display for Refusal<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(f, self.octets)?;
        write!(f, " in {}", self.source)?;
        match self.reason {
            RefusalReason::Excluded(subtree) => write!(f, " meets {subtree}"),
            RefusalReason::NotPermitted { subtrees: 1 } => f.write_str(" is outside the permitted subtree"),
            RefusalReason::NotPermitted { subtrees } => {
                write!(f, " is outside all {subtrees} permitted subtrees")
            }
            RefusalReason::InvalidName => f.write_str(" is no name of its form, and that form is constrained"),
            RefusalReason::Unusable { subtree, error } => write!(f, " is constrained by {subtree}: {error}"),
            RefusalReason::Undecodable(error) => write!(f, " cannot be decoded: {error}"),
        }
    }
}

impl fmt::Display for Subtree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = match self.list {
            SubtreeList::Permitted => "permittedSubtrees",
            SubtreeList::Excluded => "excludedSubtrees",
        };
        write!(f, "{list}[{}] ", self.base.index)?;
        write_quoted(f, self.base.value)
    }
}
