//! The rules of this crate itself, beside those of `ctlens-lint`.

use ctlens_lint::RuleId;

pub(crate) const NO_GRANT: RuleId = RuleId::from_static("ownership.no_grant");
pub(crate) const WRONG_ISSUER: RuleId = RuleId::from_static("ownership.wrong_issuer");
pub(crate) const GRANT_EXPIRED: RuleId = RuleId::from_static("ownership.grant_expired");
pub(crate) const GRANT_NOT_YET: RuleId = RuleId::from_static("ownership.grant_not_yet");
pub(crate) const BEYOND_GRANT: RuleId = RuleId::from_static("ownership.beyond_grant");
pub(crate) const UNATTRIBUTED_ISSUER: RuleId = RuleId::from_static("ownership.unattributed_issuer");
pub(crate) const UNDECIDABLE: RuleId = RuleId::from_static("ownership.undecidable");
