//! What is found about a certificate as a whole.

use crate::cause::Cause;
use crate::finding::Finding;
use crate::hash::Sha256Hash;
use crate::rules::UNDECIDABLE;
use crate::verdict::Verdict;
use ctlens_lint::{Level, Location, Part};
use std::cmp::Reverse;

impl Verdict {
    /// Nobody can be sure of an issuance by more keys than are judged, whatever is said about those that are.
    pub(crate) fn with_issuers_left_out(self, sha256: Sha256Hash, length: usize, issuers: usize) -> Self {
        if issuers == 0 {
            return self;
        }
        let what = format!("{issuers} more keys are said to have issued than are looked at");
        let left_out_issuers = Finding::of_left_out(sha256, length, what);
        match self {
            Self::Unowned | Self::Expected { .. } => Self::Findings { findings: vec![left_out_issuers], left_out: 0 },
            Self::Findings { mut findings, left_out } => {
                findings.push(left_out_issuers);
                worst_first(&mut findings);
                Self::Findings { findings, left_out }
            }
            Self::Undecidable { why, mut findings, left_out } => {
                findings.push(left_out_issuers);
                worst_first(&mut findings);
                Self::Undecidable { why, findings, left_out }
            }
        }
    }
}

/// What somebody is told stands before what is suppressed.
pub(crate) fn worst_first(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| (finding.suppressed.is_some(), Reverse(finding.level)));
}

impl Finding {
    pub(super) fn of_left_out(sha256: Sha256Hash, length: usize, explanation: String) -> Self {
        Self { cause: Cause::LeftOut, ..Self::of_whole(sha256, length, "\nleft out", explanation) }
    }

    /// Octets of a log that are no certificate.
    pub(crate) fn of_unparsable(sha256: Sha256Hash, length: usize, why: &str) -> Self {
        let explanation =
            format!("{length} octets in the place of a certificate cannot be read ({why}): any name may be in them");
        Self::of_whole(sha256, length, "", explanation)
    }

    fn of_whole(sha256: Sha256Hash, length: usize, apart: &str, explanation: String) -> Self {
        let id = Sha256Hash::of(format!("ctlens.finding/1\n{UNDECIDABLE}\n{sha256}{apart}").as_bytes());
        let location = Location::at(Part::TbsCertificate, 0, length);
        Self::new(id, UNDECIDABLE, Level::Error, Cause::Unparsable, location, explanation)
    }
}
