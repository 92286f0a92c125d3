//! ctlens-lint: all rules on any TBSCertificate.

use crate::input::Input;
use ctlens_lint::{Findings, OctetRange, RuleId, RuleSet, Status};
use ctlens_x509::{Tbs, UnixSeconds};

/// Bytes as a TBSCertificate under every rule, as of today and as of any day: findings have places that exist.
pub fn lint(data: &[u8]) {
    let mut input = Input::new(data);
    let day = UnixSeconds(i64::from_be_bytes(input.array()));
    let bytes = input.rest();
    let Ok(tbs) = Tbs::from_der(bytes) else { return };
    let rules = RuleSet::BASELINE_REQUIREMENTS;
    let statuses: Vec<_> = rules.check(&tbs).collect();
    assert!(statuses.iter().map(|(rule, _)| rule.id).eq(rules.rules.iter().map(|rule| rule.id)));
    for (rule, status) in statuses.iter().cloned().chain(rules.check_as_of(&tbs, day)) {
        assert_eq!(rules.rule(rule.id.as_str()).map(|found| found.id), Some(rule.id));
        match status {
            Status::Findings(Findings { shown, more, .. }) => {
                assert!(!shown.is_empty() && shown.len() <= Findings::MOST, "{}", rule.id);
                assert!(more == 0 || shown.len() == Findings::MOST, "{}", rule.id);
                for finding in shown {
                    assert!(!finding.explanation.is_empty() && !finding.explanation.ends_with('.'));
                    assert!(finding.explanation.len() < 2000, "{} octets of explanation", finding.explanation.len());
                    let _ = finding.location.to_string();
                    if let Some(OctetRange { offset, length }) = finding.location.octets {
                        assert!(offset + length <= tbs.as_bytes().len(), "{}: {}", rule.id, finding.location);
                    }
                }
            }
            Status::Undecidable(error) => assert!(error.offset <= bytes.len(), "{}: {error}", rule.id),
            _ => {}
        }
    }
    // The rules of the day on which the validity begins are those of the certificate.
    if let Ok(validity) = tbs.validity() {
        assert!(
            rules
                .check_as_of(&tbs, validity.not_before)
                .map(|(_, status)| status)
                .eq(statuses.into_iter().map(|(_, status)| status))
        );
    }
}

/// Bytes as a rule's name.
pub fn rule_id(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_lowercase())
            && part.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'_')
    };
    let naive = (2..=4).contains(&text.split('.').count()) && text.split('.').all(part) && text.len() <= 63;
    let parsed = text.parse::<RuleId>();
    assert_eq!(parsed.as_ref().map(RuleId::to_string).ok(), naive.then(|| text.to_owned()));
    if let Ok(id) = parsed {
        assert_eq!(Some(id.area()), text.split('.').next());
    }
}
