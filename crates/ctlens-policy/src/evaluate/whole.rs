//! What is found about a certificate as a whole.

use crate::cause::Cause;
use crate::finding::Finding;
use crate::hash::Sha256Hash;
use crate::rules::UNDECIDABLE;
use crate::verdict::Verdict;
use ctlens_lint::{Level, Location, Part};
use ctlens_x509::Error;

impl Verdict {
    /// Nobody can be sure of an issuance by more keys than are judged: it is not quiet.
    pub(crate) fn with_issuers_left_out(self, sha256: Sha256Hash, length: usize, issuers: usize) -> Self {
        if issuers == 0 || !self.is_quiet() {
            return self;
        }
        let what = format!("{issuers} more keys are said to have issued than are looked at");
        let mut findings = vec![Finding::of_left_out(sha256, length, what)];
        if let Self::Findings { findings: suppressed, .. } = self {
            findings.extend(suppressed);
        }
        Self::Findings { findings, left_out: 0 }
    }
}

impl Finding {
    pub(super) fn of_left_out(sha256: Sha256Hash, length: usize, explanation: String) -> Self {
        Self { cause: Cause::LeftOut, ..Self::of_whole(sha256, length, "\nleft out", explanation) }
    }

    /// Octets of a log that are no certificate.
    pub(crate) fn of_unparsable(sha256: Sha256Hash, length: usize, why: Error) -> Self {
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
