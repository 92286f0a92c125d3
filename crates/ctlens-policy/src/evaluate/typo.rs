//! Whether the issuer meant something else, for which it has a grant.

use super::decision::Case;
use super::matching::Pair;
use crate::hash::Sha256Hash;

impl Case<'_> {
    /// What is granted to the key and one edit away from the identifier, and by which grant: the first by its id.
    pub(super) fn meant(&self, pair: &Pair<'_>, key: &Sha256Hash) -> Option<(String, &str)> {
        let mut first: Option<(&str, String)> = None;
        let mut budget = self.typo_budget.get();
        self.policy.granted.meant_by(&pair.text, &self.policy.assets, &mut budget, |asset, meant| {
            let grants = self.policy.grants_over(asset).filter(|grant| self.policy.is_of(&grant.issuers, key));
            let Some(by) = grants.map(|grant| grant.id.as_str()).min() else { return };
            if first.as_ref().is_none_or(|(first_by, first)| (by, &meant) < (first_by, first)) {
                first = Some((by, meant));
            }
        });
        self.typo_budget.set(budget);
        first.map(|(by, meant)| (meant, by))
    }
}
