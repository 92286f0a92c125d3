use crate::finding::Finding;
use ctlens_lint::Level;
use serde::{Deserialize, Serialize};

/// What a policy says about a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
#[non_exhaustive]
#[must_use]
pub enum Verdict {
    /// It concerns no asset.
    Unowned,
    /// Every identifier in it that concerns an asset is granted, or the configuration lets it pass.
    Expected {
        /// The grants that permit it. Where none does: `default-allow`, if the configuration lets pass what is owned without a
        /// grant, and `allowed-level:` with the rule that was broken, if that rule is off. No grant has such an id.
        grants: Vec<String>,
    },
    /// Something in it should not be.
    Findings {
        /// What: one for each asset and identifier, the worst first.
        findings: Vec<Finding>,
        /// How many more matches there were than were looked at. `0`: all were.
        left_out: usize,
    },
    /// Something in it may concern an asset, and nobody can tell. Never to be dropped.
    Undecidable {
        /// What cannot be decided.
        why: Vec<Finding>,
        /// What is certain besides.
        findings: Vec<Finding>,
        /// How many more matches there were than were looked at. `0`: all were.
        left_out: usize,
    },
}

impl Verdict {
    /// All findings, the undecidable ones first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let (why, findings): (&[Finding], &[Finding]) = match self {
            Self::Unowned | Self::Expected { .. } => (&[], &[]),
            Self::Findings { findings, .. } => (&[], findings),
            Self::Undecidable { why, findings, .. } => (why, findings),
        };
        why.iter().chain(findings)
    }

    /// Those of them that somebody is told: not suppressed, unless that leaves none of a verdict that is not quiet.
    pub(crate) fn loud_findings(&self) -> impl Iterator<Item = &Finding> {
        let is_all_suppressed = !self.is_quiet() && self.findings().all(|finding| finding.suppressed.is_some());
        self.findings().filter(move |finding| is_all_suppressed || finding.suppressed.is_none())
    }

    /// Whether nobody has to look at it: it concerns no asset, or is expected, or all that is found in it is suppressed. What
    /// cannot be decided is never quiet.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        match self {
            Self::Unowned | Self::Expected { .. } => true,
            Self::Findings { findings, left_out: 0 } => findings.iter().all(|finding| finding.suppressed.is_some()),
            Self::Findings { .. } | Self::Undecidable { .. } => false,
        }
    }

    /// The worst level of its findings, those left out that are suppressed, unless all of them are and it is not quiet all the
    /// same. `None` if and only if it is quiet.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        let is_loud = !self.is_quiet();
        let worst = self.loud_findings().map(|finding| finding.level).max();
        // Something that is not looked at is no less than what cannot be told.
        is_loud.then(|| worst.unwrap_or(Level::Error))
    }

    /// The word that stands for it in every output.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Unowned => "unowned",
            Self::Expected { .. } => "expected",
            Self::Findings { .. } => "findings",
            Self::Undecidable { .. } => "undecidable",
        }
    }
}
