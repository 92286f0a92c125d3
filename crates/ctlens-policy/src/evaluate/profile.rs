//! The rules for all certificates.

use super::decision::Case;
use crate::cause::Cause;
use crate::finding::Finding;
use ctlens_lint::{Level, Location, Part, Rule, RuleSet, Status};
use ctlens_x509::Tbs;

impl Case<'_> {
    /// What is wrong with the certificate whoever it is for: it concerns an asset, and will have to be revoked.
    pub(super) fn check_profile(&self, tbs: &Tbs<'_>, violations: &mut Vec<Finding>, why: &mut Vec<Finding>) {
        for (rule, status) in RuleSet::BASELINE_REQUIREMENTS.check(tbs) {
            // What would be no reason to revoke is none to wake up anybody.
            if rule.level < Level::Error {
                continue;
            }
            let error = match status {
                Status::NotApplicable | Status::NotEffective | Status::Pass => continue,
                Status::Findings(found) => {
                    self.violations(rule, found, violations);
                    continue;
                }
                Status::Undecidable(error) => error.to_string(),
                _ => "for a reason that has no name here".to_owned(),
            };
            let location = Location::of(Part::TbsCertificate);
            let explanation = format!("whether the certificate keeps this rule cannot be decided: {error}");
            why.push(Finding {
                id: self.finding_id(rule.id, &location.part, "undecidable"),
                rule: rule.id,
                level: rule.level,
                decided_by: vec![rule.id.to_string()],
                ..self.undecidable("", location, explanation)
            });
        }
    }

    fn violations(&self, rule: &Rule, found: ctlens_lint::Findings, violations: &mut Vec<Finding>) {
        let last = found.shown.len().saturating_sub(1);
        for (n, finding) in found.shown.into_iter().enumerate() {
            let more =
                if n == last && found.more > 0 { format!(", and {} more like it", found.more) } else { String::new() };
            let id = self.finding_id(rule.id, &finding.location.part, "");
            let explanation = format!("{}{more}", finding.explanation);
            let violation =
                Finding::new(id, rule.id, rule.level, Cause::ProfileViolation, finding.location, explanation);
            violations.push(Finding { decided_by: vec![rule.id.to_string()], ..violation });
        }
    }
}
