//! Whether the issuer meant something else, for which it has a grant.

use super::decision::Case;
use super::matching::Pair;
use crate::config::Grant;
use crate::hash::Sha256Hash;
use crate::likely_typo::{LikelyTypo, likely_typo};

impl Case<'_> {
    /// What is granted to the key and one edit away from the identifier, and by which grant: the first by its id.
    pub(super) fn meant(&self, pair: &Pair<'_>, key: &Sha256Hash) -> Option<(String, &str)> {
        let grants = self.grants_of_issuer.get_or_init(|| {
            let grants = self.policy.grants.iter().filter(|grant| self.policy.is_of(&grant.issuers, key));
            let mut grants: Vec<&Grant> = grants.collect();
            grants.sort_by_key(|grant| &grant.id);
            grants
        });
        let mut budget = self.typo_budget.get();
        let found = grants.iter().find_map(|grant| {
            let assets = grant.assets.iter().filter_map(|&index| self.policy.assets.get(index));
            let items = assets.flat_map(|asset| &asset.items);
            let LikelyTypo { meant, .. } = likely_typo(&pair.text, items, &mut budget)?;
            Some((meant, grant.id.as_str()))
        });
        self.typo_budget.set(budget);
        found
    }
}
