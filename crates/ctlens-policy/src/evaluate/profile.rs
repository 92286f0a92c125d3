//! The rules for all certificates.

use super::Judgement;
use super::decision::Case;
use crate::cause::Cause;
use crate::finding::Finding;
use ctlens_lint::{Level, Location, Part, Rule, RuleSet, Status};

impl Case<'_> {
    /// What is wrong with the certificate whoever it is for: it concerns an asset, and will have to be revoked.
    pub(super) fn check_profile(&self, judgement: &mut Judgement) {
        for (rule, status) in RuleSet::BASELINE_REQUIREMENTS.check(self.tbs) {
            let level = match self.policy.configured(rule.id) {
                Some(None) => continue,
                Some(Some(level)) => level,
                // What would be no reason to revoke is none to wake up anybody.
                None if rule.level < Level::Error => continue,
                None => rule.level,
            };
            let error = match status {
                Status::NotApplicable | Status::NotEffective | Status::Pass => continue,
                Status::Findings(found) => {
                    self.violations(rule, level, found, &mut judgement.findings);
                    continue;
                }
                Status::Undecidable(error) => error.to_string(),
                _ => "for a reason that has no name here".to_owned(),
            };
            let location = Location::of(Part::TbsCertificate);
            let explanation = format!("whether the certificate keeps this rule cannot be decided: {error}");
            judgement.why.push(Finding {
                id: self.finding_id(rule.id, &location.part, "undecidable"),
                rule: rule.id,
                level,
                decided_by: vec![rule.id.to_string()],
                ..self.undecidable("", location, explanation)
            });
        }
    }

    fn violations(&self, rule: &Rule, level: Level, found: ctlens_lint::Findings, violations: &mut Vec<Finding>) {
        let last = found.shown.len().saturating_sub(1);
        for (n, finding) in found.shown.into_iter().enumerate() {
            let more =
                if n == last && found.more > 0 { format!(", and {} more like it", found.more) } else { String::new() };
            let id = self.finding_id(rule.id, &finding.location.part, "");
            let explanation = format!("{}{more}", finding.explanation);
            let violation = Finding::new(id, rule.id, level, Cause::ProfileViolation, finding.location, explanation);
            violations.push(Finding { decided_by: vec![rule.id.to_string()], ..violation });
        }
    }
}
