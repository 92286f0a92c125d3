//! From the hits of a certificate to a verdict: what is forbidden stays so, a grant permits, and what nothing permits is
//! denied.

mod co_names;
mod decision;
mod facts;
mod limits;
mod matching;
mod pre_issuance;
mod profile;
mod suppression;
mod test_content;
mod typo;
mod whole;

use crate::attribution::IssuerAttribution;
use crate::context::Context;
use crate::finding::Finding;
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use crate::revocation::is_short_lived;
use crate::verdict::Verdict;
use ctlens_lint::{Location, Part};
use ctlens_san::Outcome;
use ctlens_x509::Tbs;
use decision::{Case, Decision, Refused};
use matching::{Doubt, Matches, Pair};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

pub(crate) use whole::worst_first;

pub use pre_issuance::PreIssuance;

impl Policy {
    /// Whether a certificate concerns an asset or a denial, or may: everything else is [`Verdict::Unowned`], but for what an
    /// issuer may not issue, which is a matter of [`concerns_issued`](Self::concerns_issued). Allocates nothing where the
    /// answer is no.
    #[must_use]
    pub fn concerns(&self, tbs: &Tbs<'_>) -> bool {
        !tbs.trailing().is_empty() || self.watch_list.watch(tbs, |_| ControlFlow::Break(())) != Outcome::NoMatch
    }

    /// As [`concerns`](Self::concerns), or whether the certificate is beyond a limit on its issuer.
    #[must_use]
    pub fn concerns_issued(&self, tbs: &Tbs<'_>, issuer: &IssuerAttribution) -> bool {
        self.concerns(tbs) || self.is_beyond_limits(tbs, issuer)
    }

    /// What the policy says about a certificate, a precertificate, or what of it stands in a log.
    ///
    /// Every identifier that concerns an asset must be permitted by a grant: one over the asset, for the key that issued,
    /// and in whose window the certificate's validity begins. An issuer that is only claimed satisfies none. All else is
    /// denied. What a denial forbids no grant permits. What [trails](Tbs::trailing) the TBS certificate may be anything, so that
    /// nothing is expected then.
    ///
    /// Without a time no suppression is in force: see [`evaluate_in`](Self::evaluate_in).
    pub fn evaluate(&self, tbs: &Tbs<'_>, issuer: &IssuerAttribution) -> Verdict {
        self.evaluate_in(tbs, issuer, &Context::default())
    }

    /// As [`evaluate`](Self::evaluate), with what else is known.
    pub fn evaluate_in(&self, tbs: &Tbs<'_>, issuer: &IssuerAttribution, context: &Context<'_>) -> Verdict {
        let (matches, outcome) = Matches::of(self, tbs);
        let is_all_seen = tbs.trailing().is_empty();
        if outcome == Outcome::NoMatch && is_all_seen && !self.is_beyond_limits(tbs, issuer) {
            return Verdict::Unowned;
        }
        let case = Case::new(self, tbs, issuer, context);
        let mut judgement = case.judge(matches, outcome);
        if !judgement.is_owned && judgement.is_clean() {
            return Verdict::Unowned;
        }
        case.check_profile(&mut judgement);
        if !judgement.findings.is_empty() {
            case.check_test_content(&mut judgement);
        }
        case.check_facts(&mut judgement);
        judgement.into_verdict(&case)
    }
}

/// What was found so far.
#[derive(Default)]
struct Judgement {
    why: Vec<Finding>,
    findings: Vec<Finding>,
    /// The ids of those whose level the configuration says, so that nothing else does.
    levels_given: BTreeSet<Sha256Hash>,
    /// And what lets pass where there is none.
    grants: BTreeSet<String>,
    /// Where the identifiers are that a grant permits.
    granted_at: Vec<Location>,
    /// Whether anything in it concerns an asset.
    is_owned: bool,
    left_out: usize,
}

impl Case<'_> {
    /// What assets, denials and limits say.
    fn judge(&self, mut matches: Matches<'_>, outcome: Outcome) -> Judgement {
        if let (Outcome::Undecidable { why, .. }, true) = (outcome, matches.doubts.is_empty()) {
            matches.doubts.push(Doubt { why, location: Location::of(Part::TbsCertificate), octets: &[] });
        }
        let mut judgement = Judgement {
            why: self.trailing().into_iter().chain(matches.doubts.iter().map(|doubt| self.doubt(doubt))).collect(),
            left_out: matches.left_out.saturating_add(outcome.tally().left_out),
            ..Judgement::default()
        };
        let mut pairs: Vec<(&(u32, Sha256Hash), &Pair<'_>)> = matches.pairs.iter().collect();
        pairs.sort_by_key(|((index, folded), pair)| (self.policy.owned_as(*index), &pair.text, folded));
        let mut refused = Vec::new();
        for ((index, _), pair) in pairs {
            let decision = self.decide(*index, pair);
            judgement.is_owned |= !matches!(decision, Decision::NotForbidden);
            match decision {
                Decision::NotForbidden => {}
                Decision::Allowed(by) => {
                    judgement.grants.insert(by);
                }
                Decision::Granted(by) => {
                    judgement.grants.extend(by);
                    judgement.granted_at.push(pair.location.clone());
                    judgement.granted_at.extend(pair.also_at.iter().cloned());
                }
                Decision::Refused(refusal) => refused.push(*refusal),
                Decision::Undecidable(finding) => judgement.why.push(*finding),
            }
        }
        self.name_others(&matches.names_met, &mut refused);
        let given = refused.iter().filter(|refused| refused.level_is_given);
        judgement.levels_given = given.map(|refused| refused.finding.id).collect();
        judgement.findings = refused.into_iter().map(|Refused { finding, .. }| finding).collect();
        self.check_limits(&mut judgement);
        judgement
    }
}

impl Judgement {
    fn is_clean(&self) -> bool {
        self.why.is_empty() && self.findings.is_empty() && self.left_out == 0
    }

    fn into_verdict(self, case: &Case<'_>) -> Verdict {
        let Self { mut why, mut findings, grants, left_out, .. } = self;
        for finding in why.iter_mut().chain(&mut findings) {
            finding.short_lived = case.validity.as_ref().is_some_and(is_short_lived);
            finding.suppressed = case.suppression_of(finding).or(finding.suppressed.take());
        }
        worst_first(&mut findings);
        if !why.is_empty() {
            return Verdict::Undecidable { why, findings, left_out };
        }
        if findings.is_empty() && left_out == 0 {
            return Verdict::Expected { grants: grants.into_iter().collect() };
        }
        if findings.is_empty() {
            let what = format!("{left_out} more matches than are looked at: nobody can tell whether they are granted");
            findings.push(Finding::of_left_out(case.tbs_sha256, case.tbs.as_bytes().len(), what));
        }
        Verdict::Findings { findings, left_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctlens_testkit::{CertificateBuilder, Key};
    use ctlens_x509::Certificate;

    const POLICY: &str = "version = 1\n[[owner]]\nid = \"me\"\n[[asset]]\nid = \"one\"\nowner = \"me\"\ndns = [\".one.example\"]\n\
                          [[asset]]\nid = \"two\"\nowner = \"me\"\ndns = [\"two.example\"]\n";

    fn certificate(names: &[&str]) -> Vec<u8> {
        let ca = ctlens_testkit::Ca::root(Key::new(1, "ca"), &ctlens_testkit::Name::new().common_name("CA"), 0, 1);
        let leaf = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der());
        names.iter().fold(leaf, |builder, name| builder.dns(*name)).certificate(&ca)
    }

    /// A field of many words is read once, not once for each of its hits.
    #[test]
    fn a_field_is_read_once() {
        let policy = Policy::compile(POLICY, "p").unwrap();
        let (ones, patterns) = ("one.example ".repeat(20_000), "*.example ".repeat(20_000));
        let der = certificate(&[&ones, "one.example", &patterns]);
        let certificate = Certificate::from_der(&der).unwrap();
        let mut matches = Matches::default();
        let _ = policy.watch_list.watch(certificate.tbs(), |hit| {
            matches.items = 0;
            matches.take(&hit, certificate.tbs());
            ControlFlow::Continue(())
        });
        assert_eq!(matches.fields_read, 3);
        assert!(matches.hits >= 20_001, "{}", matches.hits);
        let kept: usize = matches.pairs.values().map(|pair| pair.text.len() + pair.quoted.len()).sum();
        assert!(matches.pairs.len() >= 3 && kept < 10_000, "{kept}");
    }

    #[test]
    fn an_asset_that_the_policy_lacks_is_not_permitted() {
        let mut policy = Policy::compile(POLICY, "p").unwrap();
        policy.assets.pop();
        let der = certificate(&["two.example"]);
        let verdict = policy.evaluate(Certificate::from_der(&der).unwrap().tbs(), &IssuerAttribution::Unknown);
        let Verdict::Undecidable { why, .. } = verdict else { panic!("{verdict:#?}") };
        assert!(why[0].explanation.starts_with("\"two.example\" is on the watch list"), "{}", why[0].explanation);
    }
}
