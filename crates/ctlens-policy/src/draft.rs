//! The consent that would have permitted a certificate, as TOML.

use crate::config::{Asset, Issuer};
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use ctlens_x509::UnixSeconds;

/// What stands in a draft for who gave the consent,
pub(crate) const WHO: &str = "WHO APPROVED IT";
/// and why. Whoever leaves it there has consented to nothing.
pub(crate) const WHY: &str = "WHY, AND THE NUMBER OF THE TICKET";

/// Tables to add to the configuration, each on its own. The same consent is the same text, so that those of many findings
/// can be added together, each text once.
#[derive(Clone)]
pub(crate) struct Draft {
    /// The issuer's key, where the configuration does not have it.
    pub(crate) issuer: Option<String>,
    pub(crate) grant: String,
}

impl Draft {
    /// Consent for this asset and key, in certificates that begin when this one does. Who pastes it signs for it.
    pub(crate) fn new(
        policy: &Policy,
        asset: &Asset,
        key: Sha256Hash,
        begins: UnixSeconds,
        wildcards_above: bool,
    ) -> Self {
        let listed = policy.issuers_with(&key).min_by_key(|issuer| &issuer.id);
        let issuer_id = listed.map_or_else(|| issuer_id(&policy.issuers, key), |issuer| issuer.id.clone());
        let issuer = listed.is_none().then(|| format!("[[issuer]]\nid = \"{issuer_id}\"\nspki_sha256 = [\"{key}\"]\n"));
        let begins = begins.to_string();
        let id = grant_id(policy, asset, key, &begins, wildcards_above);
        let asset = &asset.id;
        let wildcards = if wildcards_above { "wildcards_above = true\n" } else { "" };
        let grant = format!(
            "[[grant]]\n\
             id = \"{id}\"\n\
             assets = [\"{asset}\"]\n\
             issuers = [\"{issuer_id}\"]\n\
             # For certificates whose validity begins in this window: later certificates need a later not_after.\n\
             not_before = {begins}\n\
             not_after = {begins}\n\
             {wildcards}\
             approved_by = \"{WHO}\"\n\
             reason = \"{WHY}\"\n"
        );
        Self { issuer, grant }
    }
}

/// Of 64 bits of the key, so that nobody finds another key with the same id.
fn issuer_id(issuers: &[Issuer], key: Sha256Hash) -> String {
    let key: String = key.to_string().chars().take(16).collect();
    unused(format!("issuer-{key}"), |id| issuers.iter().any(|issuer| issuer.id == id))
}

/// For people: asset, key and day. The digest at the end tells apart what they do not.
fn grant_id(policy: &Policy, asset: &Asset, key: Sha256Hash, begins: &str, wildcards_above: bool) -> String {
    let whole = format!("{}\n{key}\n{begins}\n{wildcards_above}", asset.id);
    let digest = Sha256Hash::of(whole.as_bytes()).short();
    // An id has at most 64 characters.
    let asset: String = asset.id.chars().take(28).collect();
    let day: String = begins.chars().take(10).collect();
    unused(format!("{asset}-by-{}-{day}-{digest}", key.short()), |id| policy.deciders.contains(id))
}

/// The id, or one with a number behind it where that is taken.
fn unused(id: String, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u32..).map(|number| format!("{id}-{number}"));
    std::iter::once(id.clone()).chain(numbered).find(|id| !is_taken(id)).unwrap_or(id)
}
