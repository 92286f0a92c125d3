//! What somebody has signed for as known, until a day.

use super::decision::Case;
use crate::config::Suppression;
use crate::finding::{Finding, Suppressed};

impl Case<'_> {
    pub(super) fn suppression_of(&self, finding: &Finding) -> Option<Suppressed> {
        let now = self.context.now?;
        let meant = self.policy.suppressions_of(finding, self.tbs_sha256);
        let in_force = meant.filter(|suppression| now <= suppression.until);
        let chosen = in_force.max_by_key(|suppression| suppression.order());
        chosen.map(|Suppression { id, by, reason, until, .. }| Suppressed {
            id: id.clone(),
            by: by.clone(),
            reason: reason.clone(),
            until: *until,
        })
    }
}
