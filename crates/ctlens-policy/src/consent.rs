use crate::config::Grant;
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};

/// Who stands for a grant, by the configuration's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Consent {
    /// The grant's id.
    pub grant: String,
    /// Who approved it.
    pub approved_by: String,
    /// Why.
    pub reason: String,
    /// SHA-256 of the approval's record, where the configuration says it.
    #[serde(default)]
    pub evidence_sha256: Option<Sha256Hash>,
}

impl Policy {
    /// Who stands for the grants by which a certificate is expected, in the order of the verdict. What lets pass without a grant
    /// is nobody's consent.
    #[must_use]
    pub fn consents(&self, verdict: &Verdict) -> Vec<Consent> {
        let Verdict::Expected { grants } = verdict else { return Vec::new() };
        let granted = grants.iter().filter_map(|id| self.grants.iter().find(|grant| grant.id == *id));
        granted.map(Consent::of).collect()
    }
}

impl Consent {
    pub(crate) fn of(grant: &Grant) -> Self {
        Self {
            grant: grant.id.clone(),
            approved_by: grant.approved_by.clone(),
            reason: grant.reason.clone(),
            evidence_sha256: grant.evidence_sha256,
        }
    }
}
