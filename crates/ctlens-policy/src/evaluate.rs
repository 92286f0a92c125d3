//! From the hits of a certificate to a verdict: forbid and permit are grants, and what nothing permits is denied.

mod decision;
mod matching;
mod profile;
mod whole;

use crate::attribution::IssuerAttribution;
use crate::certificate::tbs_sha256;
use crate::finding::Finding;
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use crate::verdict::Verdict;
use ctlens_lint::{Location, Part};
use ctlens_san::Outcome;
use ctlens_x509::Tbs;
use decision::{Case, Decision};
use matching::{Doubt, Matches, Pair};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

impl Policy {
    /// Whether a certificate concerns an asset, or may: everything else is [`Verdict::Unowned`]. Allocates nothing where the
    /// answer is no.
    #[must_use]
    pub fn concerns(&self, tbs: &Tbs<'_>) -> bool {
        self.watch_list.watch(tbs, |_| ControlFlow::Break(())) != Outcome::NoMatch
    }

    /// What the policy says about a certificate, a precertificate, or what of it stands in a log.
    ///
    /// Every identifier that concerns an asset must be permitted by a grant: one over the asset, for the key that issued,
    /// and in whose window the certificate's validity begins. An issuer that is only claimed satisfies none. All else is
    /// denied.
    pub fn evaluate(&self, tbs: &Tbs<'_>, issuer: &IssuerAttribution) -> Verdict {
        let mut matches = Matches::default();
        let outcome = self.watch_list.watch(tbs, |hit| matches.take(&hit, tbs));
        if outcome == Outcome::NoMatch {
            return Verdict::Unowned;
        }
        let left_out = matches.left_out.saturating_add(outcome.tally().left_out);
        if let (Outcome::Undecidable { why, .. }, true) = (outcome, matches.doubts.is_empty()) {
            matches.doubts.push(Doubt { why, location: Location::of(Part::TbsCertificate), octets: &[] });
        }
        let case = Case { policy: self, tbs_sha256: tbs_sha256(tbs), issuer, validity: tbs.validity().ok() };
        let mut why: Vec<Finding> = matches.doubts.iter().map(|doubt| case.doubt(doubt)).collect();
        let mut findings = Vec::new();
        let mut grants = BTreeSet::new();
        let mut pairs: Vec<(&(u32, Sha256Hash), &Pair<'_>)> = matches.pairs.iter().collect();
        pairs.sort_by_key(|((asset, folded), pair)| (asset, &pair.text, folded));
        for ((asset, _), pair) in pairs {
            match case.decide(*asset, pair) {
                Decision::Permitted(by) => grants.extend(by),
                Decision::Refused(finding) => findings.push(*finding),
                Decision::Undecidable(finding) => why.push(*finding),
            }
        }
        case.check_profile(tbs, &mut findings, &mut why);
        findings.sort_by_key(|finding| Reverse(finding.level));
        if !why.is_empty() {
            return Verdict::Undecidable { why, findings, left_out };
        }
        if findings.is_empty() && left_out == 0 {
            return Verdict::Expected { grants: grants.into_iter().collect() };
        }
        if findings.is_empty() {
            let what = format!("{left_out} more matches than are looked at: nobody can tell whether they are granted");
            findings.push(Finding::of_left_out(case.tbs_sha256, tbs.as_bytes().len(), what));
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
            matches.take(&hit, certificate.tbs())
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
