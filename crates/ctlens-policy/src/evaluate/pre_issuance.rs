//! Before a CA signs: the same policy, with the CA's own limits, as a gate.

use super::Judgement;
use super::decision::Case;
use super::matching::Matches;
use crate::attribution::IssuerAttribution;
use crate::context::Context;
use crate::environment::Environment;
use crate::finding::Finding;
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use ctlens_lint::Level;
use ctlens_x509::Tbs;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// Whether a CA may sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "gate", rename_all = "snake_case")]
#[non_exhaustive]
#[must_use]
pub enum PreIssuance {
    /// It may.
    Allowed {
        /// The grants that permit it, as in [`Verdict::Expected`](crate::Verdict::Expected); empty where it concerns no asset.
        grants: Vec<String>,
        /// What is below an error.
        notes: Vec<Finding>,
    },
    /// It may not.
    Refused {
        /// Why: at least one error, the worst first.
        reasons: Vec<Finding>,
        /// What is below an error.
        notes: Vec<Finding>,
    },
    /// Nobody can tell, which is no yes.
    Undecidable {
        /// What cannot be decided.
        why: Vec<Finding>,
        /// What is certain besides.
        notes: Vec<Finding>,
    },
}

impl Policy {
    /// Whether a CA may sign this, as far as the policy, and the rules for all certificates, say.
    ///
    /// `issuer_key_sha256` is the SHA-256 of the SubjectPublicKeyInfo of the key that will sign, and the context says what the
    /// certificate is asked for ([`Context::requested_for`]): production, where it does not.
    ///
    /// The same policy as for what others issued, with six differences: the issuer is certain, for it is the caller; limits
    /// on it and the rules for all certificates count whoever owns the names; what looks like a test is refused in a
    /// certificate for production, unless a grant permits that name, and so is a test by an issuer that a root programme
    /// trusts; only what is an error is a reason to refuse; no suppression counts, for it says who is not to be woken up, and
    /// consents to nothing; and what else is known counts as it does before issuance: CAA records that do not let the issuer
    /// issue are an error, those that nobody answered for leave it undecidable, and that nobody trusts the issuer excuses
    /// nothing. What no policy knows of, such as whether the requester has shown control of the names, is for the CA to know.
    pub fn pre_issuance(&self, tbs: &Tbs<'_>, issuer_key_sha256: Sha256Hash, context: &Context<'_>) -> PreIssuance {
        let issuer = IssuerAttribution::SignatureChecked { key_sha256: issuer_key_sha256 };
        let context = context.requested_for(context.environment.unwrap_or(Environment::Production));
        let (matches, outcome) = Matches::of(self, tbs);
        let case = Case::new(self, tbs, &issuer, &context);
        let mut judgement = case.judge(matches, outcome);
        case.check_profile(&mut judgement);
        case.check_test_content(&mut judgement);
        case.check_environment_of_issuer(&mut judgement);
        case.check_facts_at_gate(&mut judgement);
        judgement.into_gate(&case)
    }
}

impl Judgement {
    fn into_gate(self, case: &Case<'_>) -> PreIssuance {
        let Self { mut why, mut findings, grants, left_out, .. } = self;
        if left_out > 0 {
            let what = format!("{left_out} more matches than are looked at: nobody can tell whether they are granted");
            why.push(Finding::of_left_out(case.tbs_sha256, case.tbs.as_bytes().len(), what));
        }
        findings.sort_by_key(|finding| Reverse(finding.level));
        let (reasons, notes): (Vec<Finding>, Vec<Finding>) =
            findings.into_iter().partition(|finding| finding.level >= Level::Error);
        match (reasons.is_empty(), why.is_empty()) {
            (false, _) => PreIssuance::Refused { reasons, notes: why.into_iter().chain(notes).collect() },
            (true, false) => PreIssuance::Undecidable { why, notes },
            (true, true) => PreIssuance::Allowed { grants: grants.into_iter().collect(), notes },
        }
    }
}

impl PreIssuance {
    /// Whether the CA may sign.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// For a script: 0 allowed, 1 refused, 2 nobody can tell.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Allowed { .. } => 0,
            Self::Refused { .. } => 1,
            Self::Undecidable { .. } => 2,
        }
    }

    /// Why not: empty where it is allowed.
    #[must_use]
    pub fn reasons(&self) -> &[Finding] {
        match self {
            Self::Allowed { .. } => &[],
            Self::Refused { reasons, .. } => reasons,
            Self::Undecidable { why, .. } => why,
        }
    }
}
