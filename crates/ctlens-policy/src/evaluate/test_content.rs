//! What is made for tests, from an issuer that the public trusts.

use super::Judgement;
use super::decision::Case;
use crate::cause::Cause;
use crate::environment::Environment;
use crate::finding::Finding;
use crate::rules::TEST_IN_PRODUCTION;
use crate::test_shaped::{TestSign, TestSigns};

impl Case<'_> {
    /// One finding for what looks like a test, and is no identifier that somebody granted.
    pub(super) fn check_test_content(&self, judgement: &mut Judgement) {
        if self.environment() != Some(Environment::Production) {
            return;
        }
        let Some(level) = self.policy.level_of(TEST_IN_PRODUCTION) else { return };
        let TestSigns { shown, more } = TestSigns::of(self.tbs);
        let signs: Vec<&TestSign> =
            shown.iter().filter(|sign| !judgement.granted_at.contains(&sign.location)).collect();
        let Some(first) = signs.first() else { return };
        let others = match signs.len().saturating_sub(1).saturating_add(more) {
            0 => String::new(),
            others => format!(", and {others} more like it"),
        };
        let id = self.finding_id(TEST_IN_PRODUCTION, &first.location.part, "");
        let explanation = format!("what looks like a test comes from an issuer for production: {first}{others}");
        let finding =
            Finding::new(id, TEST_IN_PRODUCTION, level, Cause::TestInProduction, first.location.clone(), explanation);
        judgement.findings.push(Finding { decided_by: vec![TEST_IN_PRODUCTION.to_string()], ..finding });
    }
}
