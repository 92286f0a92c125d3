//! What somebody has signed for as known, until a day.

use super::decision::Case;
use crate::config::Suppression;
use crate::finding::{Finding, Suppressed};

impl Case<'_> {
    pub(super) fn suppression_of(&self, finding: &Finding) -> Option<Suppressed> {
        let now = self.context.now?;
        let in_force = self.policy.suppressions.iter().filter(|suppression| now <= suppression.until);
        let meant = in_force.filter(|suppression| self.is_meant(suppression, finding));
        let chosen = meant.max_by_key(|suppression| (suppression.until, std::cmp::Reverse(&suppression.id)));
        chosen.map(|Suppression { id, by, reason, until, .. }| Suppressed {
            id: id.clone(),
            by: by.clone(),
            reason: reason.clone(),
            until: *until,
        })
    }

    fn is_meant(&self, suppression: &Suppression, finding: &Finding) -> bool {
        let asset = suppression.asset.and_then(|index| self.policy.assets.get(index));
        suppression.rule == finding.rule
            && (suppression.asset.is_none() || asset.is_some_and(|asset| finding.asset.as_ref() == Some(&asset.id)))
            && suppression.tbs_sha256.is_none_or(|hash| hash == self.tbs_sha256)
    }
}
