use crate::location::Location;
use ctlens_x509::{Error, Undecodable};

/// What a rule says about a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The rule is about other certificates.
    NotApplicable,
    /// The rule did not hold yet, or no longer, when the certificate's validity began.
    NotEffective,
    /// The certificate keeps the rule.
    Pass,
    /// The certificate breaks the rule.
    Findings(Findings),
    /// What the rule is about cannot be read, and what can be read does not break the rule.
    Undecidable(Error),
}

/// How a certificate breaks one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Findings {
    /// The places, in the order of the certificate: at most [`Findings::MOST`].
    pub shown: Vec<Finding>,
    /// How many more there are.
    pub more: usize,
}

impl Findings {
    /// A certificate may have a hundred thousand names. Where more of them than this break one rule, the rest is counted.
    pub const MOST: usize = 16;
}

/// One place where a certificate breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Where.
    pub location: Location,
    /// What is there, in one sentence without a full stop.
    pub explanation: String,
}

/// What a check hands over. Nothing is allocated until something is found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    shown: Vec<Finding>,
    more: usize,
    undecidable: Option<Error>,
}

impl Found {
    /// The arguments are computed for those findings only that are kept.
    pub(crate) fn add(&mut self, finding: impl FnOnce() -> (Location, String)) {
        if self.shown.len() < Findings::MOST {
            let (location, explanation) = finding();
            self.shown.push(Finding { location, explanation });
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Something that the check should have looked at cannot be read.
    pub(crate) fn undecidable(&mut self, error: Error) {
        self.undecidable.get_or_insert(error);
    }

    /// The value, or a note that it cannot be read.
    pub(crate) fn decoded<T>(&mut self, value: Result<T, Undecodable<'_>>) -> Option<T> {
        value.map_err(|undecodable| self.undecidable(undecodable.error)).ok()
    }

    pub(crate) fn into_status(self) -> Status {
        match self {
            Self { shown, more, .. } if !shown.is_empty() => Status::Findings(Findings { shown, more }),
            Self { undecidable: Some(error), .. } => Status::Undecidable(error),
            _ => Status::Pass,
        }
    }
}
