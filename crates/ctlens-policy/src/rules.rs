//! The rules of this crate itself, beside those of `ctlens-lint`.

use ctlens_lint::{Level, RuleId, RuleSet};

pub(crate) const NO_GRANT: RuleId = RuleId::from_static("ownership.no_grant");
pub(crate) const WRONG_ISSUER: RuleId = RuleId::from_static("ownership.wrong_issuer");
pub(crate) const GRANT_EXPIRED: RuleId = RuleId::from_static("ownership.grant_expired");
pub(crate) const GRANT_NOT_YET: RuleId = RuleId::from_static("ownership.grant_not_yet");
pub(crate) const BEYOND_GRANT: RuleId = RuleId::from_static("ownership.beyond_grant");
pub(crate) const UNATTRIBUTED_ISSUER: RuleId = RuleId::from_static("ownership.unattributed_issuer");
pub(crate) const KEY_NOT_PINNED: RuleId = RuleId::from_static("ownership.key_not_pinned");
pub(crate) const CERTIFICATE_NOT_PINNED: RuleId = RuleId::from_static("ownership.certificate_not_pinned");
pub(crate) const WRONG_ENVIRONMENT: RuleId = RuleId::from_static("ownership.wrong_environment");
pub(crate) const DENIED: RuleId = RuleId::from_static("ownership.denied");
pub(crate) const UNDECIDABLE: RuleId = RuleId::from_static("ownership.undecidable");
pub(crate) const BEYOND_LIMIT: RuleId = RuleId::from_static("issuance.beyond_limit");
pub(crate) const TEST_IN_PRODUCTION: RuleId = RuleId::from_static("issuance.test_in_production");
pub(crate) const KEY_COMPROMISED: RuleId = RuleId::from_static("key.compromised");
pub(crate) const ISSUER_DISALLOWED: RuleId = RuleId::from_static("issuer.disallowed");
pub(crate) const CERTIFICATE_DISALLOWED: RuleId = RuleId::from_static("certificate.disallowed");
pub(crate) const CAA_MISMATCH: RuleId = RuleId::from_static("caa.mismatch");
pub(crate) const OWNERSHIP_CONFLICT: RuleId = RuleId::from_static("ownership.conflict");
pub(crate) const CT_NOT_COMPLIANT: RuleId = RuleId::from_static("ct.not_compliant");
pub(crate) const REVOCATION_OVERDUE: RuleId = RuleId::from_static("revocation.overdue");

/// All of them, each with its level where a configuration gives none.
pub(crate) const OWN: &[(RuleId, Level)] = &[
    (NO_GRANT, Level::Critical),
    (WRONG_ISSUER, Level::Critical),
    (GRANT_EXPIRED, Level::Error),
    (GRANT_NOT_YET, Level::Error),
    (BEYOND_GRANT, Level::Error),
    (UNATTRIBUTED_ISSUER, Level::Error),
    (KEY_NOT_PINNED, Level::Error),
    (CERTIFICATE_NOT_PINNED, Level::Error),
    (WRONG_ENVIRONMENT, Level::Error),
    (DENIED, Level::Critical),
    (UNDECIDABLE, Level::Error),
    (BEYOND_LIMIT, Level::Error),
    (TEST_IN_PRODUCTION, Level::Error),
    (KEY_COMPROMISED, Level::Critical),
    (ISSUER_DISALLOWED, Level::Error),
    (CERTIFICATE_DISALLOWED, Level::Error),
    (CAA_MISMATCH, Level::Warning),
    (OWNERSHIP_CONFLICT, Level::Warning),
    (CT_NOT_COMPLIANT, Level::Warning),
    (REVOCATION_OVERDUE, Level::Error),
];

/// What is denied stays denied, and what nobody can tell is never quiet.
pub(crate) const NEVER_OFF: &[RuleId] = &[DENIED, UNDECIDABLE];

/// The names of all rules that find something in a certificate.
pub(crate) fn known() -> impl Iterator<Item = &'static str> + Clone {
    let own = OWN.iter().map(|(id, _)| id.as_str());
    own.chain(RuleSet::BASELINE_REQUIREMENTS.rules.iter().map(|rule| rule.id.as_str()))
}

/// The level of a rule where a configuration gives none; `None` where there is no such rule.
pub(crate) fn level_of(id: &str) -> Option<Level> {
    let own = OWN.iter().find(|(own, _)| own.as_str() == id).map(|(_, level)| *level);
    own.or_else(|| RuleSet::BASELINE_REQUIREMENTS.rule(id).map(|rule| rule.level))
}
