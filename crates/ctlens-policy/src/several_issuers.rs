//! What a policy says about an issuance by several issuers: all that it says about any of them.

use crate::attribution::IssuerAttribution;
use crate::evaluate::worst_first;
use crate::finding::Finding;
use crate::hash::Sha256Hash;
use crate::issuances::Issuance;
use crate::verdict::Verdict;
use std::collections::{BTreeMap, BTreeSet};

impl Verdict {
    /// Quiet if all are, undecidable if one is, and as bad as the worst.
    pub(crate) fn of_several(issuers: &[IssuerAttribution], judge: impl Fn(&IssuerAttribution) -> Self) -> Self {
        let (mut why, mut findings) = (Gathered::default(), Gathered::default());
        let (mut grants, mut is_owned, mut left_out) = (BTreeSet::new(), false, 0_usize);
        for &issuer in issuers {
            match judge(&issuer) {
                Self::Unowned => {}
                Self::Expected { grants: by } => {
                    is_owned = true;
                    grants.extend(by);
                }
                Self::Findings { findings: found, left_out: more } => {
                    // It is the same certificate, and mostly the same that is left out.
                    left_out = left_out.max(more);
                    findings.add(issuer, found);
                }
                Self::Undecidable { why: undecided, findings: found, left_out: more } => {
                    left_out = left_out.max(more);
                    why.add(issuer, undecided);
                    findings.add(issuer, found);
                }
            }
        }
        let why = why.worst_first(issuers.len(), &mut left_out);
        let findings = findings.worst_first(issuers.len(), &mut left_out);
        match (why.is_empty(), findings.is_empty()) {
            (false, _) => Self::Undecidable { why, findings, left_out },
            (true, false) => Self::Findings { findings, left_out },
            (true, true) if is_owned => Self::Expected { grants: grants.into_iter().collect() },
            (true, true) => Self::Unowned,
        }
    }
}

/// Findings about several issuers, each once.
#[derive(Default)]
struct Gathered {
    findings: Vec<Finding>,
    /// By id, the place among them.
    places: BTreeMap<Sha256Hash, usize>,
}

impl Gathered {
    fn add(&mut self, issuer: IssuerAttribution, findings: Vec<Finding>) {
        for mut finding in findings {
            let place = *self.places.entry(finding.id).or_insert(self.findings.len());
            let Some(known) = self.findings.get_mut(place) else {
                finding.issuers.push(issuer);
                self.findings.push(finding);
                continue;
            };
            // What is said is the worst; who issued, and who decided, is added to it.
            if finding.level > known.level {
                std::mem::swap(known, &mut finding);
                std::mem::swap(&mut known.issuers, &mut finding.issuers);
            }
            let others = finding.decided_by.into_iter().filter(|by| !known.decided_by.contains(by));
            let others: Vec<String> = others.collect();
            known.decided_by.extend(others);
            if known.issuers.last() != Some(&issuer) {
                known.issuers.push(issuer);
            }
        }
    }

    fn worst_first(self, issuers: usize, left_out: &mut usize) -> Vec<Finding> {
        let mut findings = self.findings;
        for finding in findings.iter_mut().filter(|finding| finding.issuers.len() == issuers) {
            finding.issuers.clear();
        }
        worst_first(&mut findings);
        *left_out = left_out.saturating_add(findings.len().saturating_sub(Issuance::MOST_FINDINGS));
        findings.truncate(Issuance::MOST_FINDINGS);
        findings
    }
}
