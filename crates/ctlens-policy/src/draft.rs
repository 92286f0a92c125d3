//! The grant that would have permitted a certificate, as TOML.

use crate::config::Asset;
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use ctlens_x509::Validity;
use std::fmt::Write as _;

/// Consent for this asset and key, in certificates that begin while this one is valid. Who pastes it signs for it.
pub(crate) fn missing_grant(
    policy: &Policy,
    asset: &Asset,
    key: Sha256Hash,
    validity: Validity,
    wildcards_above: bool,
) -> String {
    let mut toml = String::new();
    let listed = policy.issuers.iter().find(|issuer| issuer.keys.contains(&key));
    let issuer = match listed {
        Some(issuer) => issuer.id.clone(),
        None => {
            let id = unused(format!("issuer-{}", key.short()), policy.issuers.iter().map(|issuer| issuer.id.as_str()));
            let _ = write!(toml, "[[issuer]]\nid = \"{id}\"\nspki_sha256 = [\"{key}\"]\n\n");
            id
        }
    };
    let grants = policy.grants.iter().map(|grant| grant.id.as_str());
    let asset_id: String = asset.id.chars().take(32).collect();
    let id = unused(format!("{asset_id}-by-{}", key.short()), grants);
    let not_after = validity.not_after.max(validity.not_before);
    let _ = write!(
        toml,
        "[[grant]]\n\
         id = \"{id}\"\n\
         assets = [\"{}\"]\n\
         issuers = [\"{issuer}\"]\n\
         not_before = {}\n\
         not_after = {not_after}\n",
        asset.id, validity.not_before
    );
    if wildcards_above {
        toml.push_str("wildcards_above = true\n");
    }
    toml.push_str("approved_by = \"WHO APPROVED IT\"\nreason = \"WHY, AND THE NUMBER OF THE TICKET\"\n");
    toml
}

/// The id, or one with a number behind it where that is taken.
fn unused<'a>(id: String, taken: impl Iterator<Item = &'a str> + Clone) -> String {
    let numbered = (2_u32..).map(|number| format!("{id}-{number}"));
    std::iter::once(id.clone()).chain(numbered).find(|id| taken.clone().all(|taken| taken != id)).unwrap_or(id)
}
