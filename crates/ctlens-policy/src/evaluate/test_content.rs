//! What is made for tests, from an issuer that the public trusts.

use super::Judgement;
use super::decision::Case;
use crate::cause::Cause;
use crate::environment::Environment;
use crate::finding::Finding;
use crate::rules::TEST_IN_PRODUCTION;
use crate::test_shaped::{TestSign, TestSigns};
use ctlens_lint::{Location, Part};

impl Case<'_> {
    /// One finding for what looks like a test, and is no identifier that somebody granted.
    pub(super) fn check_test_content(&self, judgement: &mut Judgement) {
        if self.environment() != Some(Environment::Production) {
            return;
        }
        let Some(level) = self.policy.level_of(TEST_IN_PRODUCTION) else { return };
        let TestSigns { shown, more } = TestSigns::of(self.tbs);
        // A sign is in a part of what is granted.
        let is_granted = |sign: &TestSign| judgement.granted_at.iter().any(|at| at.part == sign.location.part);
        let signs: Vec<&TestSign> = shown.iter().filter(|sign| !is_granted(sign)).collect();
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

    /// What is asked for has to come from an issuer of that kind. One for tests may be trusted by nobody, so that an issuer
    /// of which nobody says so is none.
    pub(super) fn check_environment_of_issuer(&self, judgement: &mut Judgement) {
        let location = Location::of(Part::Issuer);
        let (asked_for, is_for) = match (self.context.environment, self.environment_of_issuer()) {
            (Some(Environment::Test), None) => {
                let explanation =
                    "it is asked for as a test, and nobody says whether its issuer is for tests".to_owned();
                judgement.why.push(self.undecidable("environment", location, explanation));
                return;
            }
            (Some(asked_for), Some(is_for)) if asked_for != is_for => (asked_for, is_for),
            _ => return,
        };
        let Some(level) = self.policy.level_of(TEST_IN_PRODUCTION) else { return };
        let id = self.finding_id(TEST_IN_PRODUCTION, &location.part, "");
        let explanation = format!("it is asked for in {asked_for}, and its issuer is for {is_for}");
        let finding = Finding::new(id, TEST_IN_PRODUCTION, level, Cause::TestInProduction, location, explanation);
        judgement.findings.push(Finding { decided_by: vec![TEST_IN_PRODUCTION.to_string()], ..finding });
    }
}
